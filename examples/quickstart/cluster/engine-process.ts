import { startEngine } from "capstan/engine";
import { ignoreInterrupt, obeyParent } from "./obey-parent.js";

ignoreInterrupt();
const folder = process.argv[2]!;
const engine = await startEngine({ folder, port: 0 });
obeyParent({ url: engine.url }, () => engine.close({ graceMs: 1_000 }));
