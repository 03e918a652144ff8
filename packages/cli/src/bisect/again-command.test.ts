import { expect, test } from "vitest";
import { againCommand } from "./again-command.js";

test("the command says again how the files ran, and nothing that makes no difference to that", () => {
  const typed = {
    times: "1",
    env: ["MODE=a b"],
    beforeAll: "make db",
    local: true,
    split: false,
    name: "unit",
    jobs: "4",
  };
  expect(againCommand("b.js", ["a 1.js"], typed)).toBe(
    "capstan bisect b.js --after 'a 1.js' --before-all 'make db' --env 'MODE=a b' --local",
  );
});
