export { type Adapter, type AdapterFile, type AdapterName, adapterNames, type Project } from "./adapter.js";
export { adapterNamed, adapters, recognisedAdapters } from "./registry.js";
export { exampleName, partPattern } from "./channel/distinct-id.js";
export { framedAdapter } from "./frame/framed-adapter.js";
export type { Hooks } from "./frame/hooks.js";
export { withEnv } from "./with-env.js";
export { withoutIsolation } from "./without-isolation.js";
export { commandAdapter } from "./command/adapter.js";
