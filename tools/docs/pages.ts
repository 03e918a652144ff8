import { configSchema } from "@capstan/cli/config-schema";
import { errorRegistry } from "@capstan/protocol";
import { renderErrors } from "./errors-page.js";
import type { GeneratedPage } from "./generated-page.js";
import { machines } from "./machines.js";
import { renderProtocolMessages } from "./protocol-page.js";
import { renderStates } from "./states-page.js";

/** Every page that `npm run docs` writes. */
export const generatedPages: readonly GeneratedPage[] = [
  { path: "docs/states.md", render: () => renderStates(machines) },
  { path: "docs/errors.md", render: () => renderErrors(errorRegistry) },
  { path: "docs/protocol-messages.md", render: renderProtocolMessages },
  { path: "packages/capstan/config.schema.json", render: () => JSON.stringify(configSchema) },
];
