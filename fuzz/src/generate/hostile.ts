import fc from "fast-check";

/** Texts that have broken programs before. */
export const hostileTexts = [
  "",
  " ",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "null",
  "undefined",
  "NaN",
  "-0",
  "1e999",
  "0x10",
  "../../x",
  "/",
  "\\",
  "..",
  "a\u0000b",
  "\ud800",
  "\udc00x",
  "\ufeff",
  "\u2028",
  "é\u0301",
  "🏳️‍🌈",
  "\u001b[2J",
  "%00",
  "%E0%A4%A",
  "a".repeat(300),
  "{{constructor}}",
  "';--",
  "<!--",
] as const;

export const hostileNumbers = [
  0,
  -0,
  -1,
  1,
  0.5,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 48,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 1,
  Number.MIN_SAFE_INTEGER,
  1e21,
  1e308,
  5e-324,
  Number.MAX_VALUE,
] as const;

export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom(...hostileTexts) },
);

/** Any JSON value, small. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(...hostileTexts, ...hostileNumbers, null, true, [], {}, [[]]) },
);
