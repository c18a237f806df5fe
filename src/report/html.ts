/** Markup that may be written as it is. Only `html` and `raw` make it. */
export class Html {
  readonly #markup: string;
  constructor(markup: string) {
    this.#markup = markup;
  }
  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a template: text is escaped, markup is not, lists are joined, `undefined` and `false` vanish. */
export type Content = string | number | Html | undefined | false | readonly Content[];

/** Markup from a template; every text put into it is escaped, so it is safe in content and in quoted attributes. */
export function html(markup: TemplateStringsArray, ...contents: Content[]): Html {
  return new Html(String.raw({ raw: markup }, ...contents.map(write)));
}

/** Declares a string to be markup already: never for what a user wrote. */
export function raw(markup: string): Html {
  return new Html(markup);
}

function write(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Html) return content.toString();
  if (typeof content === "object") return content.map(write).join("");
  return escape(String(content));
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
