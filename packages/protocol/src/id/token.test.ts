import { expect, test } from "vitest";
import { formatToken, parseToken } from "./token.js";

const token = { partition: 63, epoch: 12, sequence: 345 };

test("a token gives its parts back", () => {
  expect(parseToken(formatToken(token, "a-mac_0"))).toEqual({ token, mac: "a-mac_0" });
});

test.each([
  "...",
  "1.1.1",
  "1.1.1.m.m",
  "64.1.1.m",
  "0x1.1.1.m",
  "1e1.1.1.m",
  " 1.1.1.m",
  "1.01.1.m",
  "-0.1.1.m",
  "1.1.9007199254740992.m",
])("%j is no token: each has one text", (text) => {
  expect(parseToken(text)).toBeUndefined();
});
