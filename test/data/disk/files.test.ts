import { expect, test } from "vitest";
import { readBytes, unreadable } from "../../../src/data/disk/files.js";
import { refusal } from "../refusal.js";

test("what the file system refuses is told in words, with the path and the cause", async () => {
  expect(await refusal(() => readBytes("no/such"))).toBe(
    "DataError: no/such: expected a readable file, received nothing of that name.",
  );
  expect(await refusal(() => readBytes("src"))).toBe(
    "DataError: src: expected a readable file, received a folder.",
  );
  // Made by hand, because the super-user that tests may run as is refused nothing.
  const denied = Object.assign(new Error("EACCES: permission denied, scandir 'x'"), { code: "EACCES" });
  const error = unreadable("x", "a folder of pictures", denied);
  expect(error.message).toBe("x: expected a folder of pictures, received no permission to read it.");
  expect(error.cause).toBe(denied);
  const unusual = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
  expect(unreadable("x", "a readable file", unusual).message).toBe(
    "x: expected a readable file, received EIO: i/o error, read.",
  );
});
