import { startWorker } from "capstan/worker";
import { ignoreInterrupt, obeyParent } from "./obey-parent.js";

ignoreInterrupt();
const [engine, name, folder] = process.argv.slice(2) as [string, string, string];
const worker = await startWorker({ engine, name, folder, slots: 2 });
obeyParent({ name }, () => worker.close({ graceMs: 0, stopGraceMs: 500 }));
