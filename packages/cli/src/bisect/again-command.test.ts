import { expect, test } from "vitest";
import { againCommand } from "./again-command.js";

test("the command says again all that says how the files ran, and nothing of how the culprits were looked for", () => {
  const typed = {
    times: "1",
    env: ["MODE=a b"],
    beforeAll: "make db",
    timeout: "5m",
    workspace: true,
    setup: "npm ci",
    setupTimeout: "20m",
    strict: true,
    local: true,
    split: false,
    after: ["*.js"],
    name: "unit",
    jobs: "4",
  };
  expect(againCommand("b.js", ["a 1.js"], typed)).toBe(
    "capstan bisect b.js --after 'a 1.js' --env 'MODE=a b' --before-all 'make db' --timeout 5m --workspace " +
      "--setup 'npm ci' --setup-timeout 20m --strict --local",
  );
  expect(againCommand("b.js", ["a.js"], { times: "5" })).toBe("capstan bisect b.js --after a.js --times 5");
});
