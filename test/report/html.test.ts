import { describe, expect, it } from "vitest";
import { html, raw } from "../../src/report/html.js";

describe("html", () => {
  it("escapes text, in content and in attributes", () => {
    const evil = `<script>alert("x")</script> & 'y'`;
    expect(html`<p title="${evil}">${evil}</p>`.toString()).toBe(
      '<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;">' +
        "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;</p>",
    );
  });

  it("nests templates without escaping them twice and joins lists", () => {
    const names = ["a<b", "c"].map((name) => html`<b>${name}</b>`);
    expect(html`<p>${names}</p>`.toString()).toBe("<p><b>a&lt;b</b><b>c</b></p>");
  });

  it("escapes text in lists", () => {
    expect(html`${["<", ["&"]]}`.toString()).toBe("&lt;&amp;");
  });

  it("writes zero, and nothing for what is missing", () => {
    expect(html`[${0}${undefined}${false}${""}]`.toString()).toBe("[0]");
  });

  it("leaves declared markup alone", () => {
    expect(html`${raw("<b>x</b>")}`.toString()).toBe("<b>x</b>");
  });
});
