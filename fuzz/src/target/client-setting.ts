import fc from "fast-check";
import { settingsOf } from "@capstan/client/decoder";
import { isNamespace } from "@capstan/engine/decoder";
import { routePath } from "@capstan/protocol";
import { anyText } from "../generate/hostile.js";
import { textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { stateless, type Target } from "./target.js";

const url = fc.oneof(
  fc.webUrl({ withQueryParameters: true }),
  fc.constantFrom("http://127.0.0.1:7717", "https://a:b@host/x/", "ftp://x", "http://[::1]:1/"),
);

/** Address, token and namespace of a client, from options and environment: what is taken can be called. */
export const clientSetting: Target = {
  name: "client-setting",
  kind: "text",
  seeds: textSeeds(url, anyText),
  words: ["http://", "https://", "@", ":7717", "?", "#", "//", "[::1]", "default"],
  open: stateless((input) => {
    const text = textOf(input);
    const base = decode(() => settingsOf({ url: text, token: "t", namespace: "default" }).url, ["invalid-config"]);
    if ("value" in base) checkUrl(base.value);
    const token = decode(() => settingsOf({ url: "http://x", token: text }).token, ["invalid-config"]);
    if ("value" in token) new Headers().set("authorization", `Bearer ${text}`);
    const namespace = decode(() => settingsOf({ url: "http://x", token: "t", namespace: text }), ["invalid-config"]);
    if ("value" in namespace && !isNamespace(text)) broken("a namespace was taken that no engine knows", text);
  }),
};

function checkUrl(base: string): void {
  const whole = base + routePath("engineStatus");
  if (!URL.canParse(whole)) broken("an address was taken that cannot be called", whole);
  const { protocol, search, hash, username, password, pathname } = new URL(whole);
  if (!/^https?:$/.test(protocol) || search + hash + username + password !== "")
    broken("an address was taken that is none of an engine", whole);
  if (!pathname.endsWith(routePath("engineStatus"))) broken("an address leads elsewhere", whole);
}
