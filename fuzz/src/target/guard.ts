import fc from "fast-check";
import { makeCrossOrigin, makeGuard } from "@capstan/engine/decoder";
import { anyText } from "../generate/hostile.js";
import { textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { stateless, type Target } from "./target.js";

const token = "a-token-of-the-engine";
const hosts = [
  "127.0.0.1",
  "localhost",
  "[::1]",
  "127.8.9.1",
  "evil.example",
  "127.0.0.1.evil.example",
  "10.0.0.1",
  "0.0.0.0",
];
const host = fc
  .tuple(fc.constantFrom(...hosts), fc.constantFrom("", ":80", ":7717", ":x", "@evil.example"))
  .map((parts) => parts.join(""));
const withToken = makeGuard({ token, host: "0.0.0.0" });
const onLoopback = makeGuard({ token: undefined, host: "127.0.0.1" });

/** Headers that decide who may call: with a token only who bears it, without one only pages and hosts of this machine. */
export const guard: Target = {
  name: "guard",
  kind: "text",
  seeds: textSeeds(
    fc.constantFrom(`Bearer ${token}`, `bearer ${token}`, token, `Basic ${token}`),
    host,
    host.map((text) => `http://${text}`),
    anyText,
  ),
  words: [token, "Bearer ", "localhost", "127.0.0.1", "[::1]", "http://", "https://", ":7717", "@"],
  open: stateless((input) => {
    const text = textOf(input);
    const isBearer = "value" in decode(() => withToken({ authorization: text }), ["unauthorized"]);
    if (isBearer && text.slice(7) !== token) broken("another token was taken", text);
    checkLoopback("a host", text, () => onLoopback({ host: text }));
    checkLoopback("an origin", text, () => onLoopback({ host: "localhost", origin: text }));
    const allowed = decode(() => makeCrossOrigin([text]), ["invalid-config"]);
    if ("value" in allowed && new URL(text).origin !== text) broken("something else was taken for an origin", text);
  }),
};

function checkLoopback(what: string, text: string, pass: () => void): void {
  const outcome = decode(pass, ["unauthorized"]);
  if ("value" in outcome && !isLoopbackName(text)) broken(`${what} beyond loopback was let in`, text);
}

/** As a browser or resolver takes it: the platform's own reading of an address. */
function isLoopbackName(text: string): boolean {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(address)) return true;
  const { hostname } = new URL(address);
  return (
    hostname === "" ||
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    hostname.startsWith("127.")
  );
}
