import { startApi } from "./dist/api/start-api.js";
import { PeerOperations } from "./dist/api/operations.test.support.js";
import { EventHub } from "./dist/event/event-hub.js";
import net from "node:net";
const op = new PeerOperations(); let n = 0;
op.openTaskset = async () => ({ taskset: "s", push: async (t) => { for (const x of t) op.registry.resolve("default", "command/run").validateInput(x.input); n += t.length; await new Promise((r) => setTimeout(r, 3)); }, seal: async () => ({ taskset: "s", tasks: n, isDuplicate: false }), discard: async () => {} });
const api = await startApi({ operations: op, measures: () => op.measures(), port: 0 });
const body = Buffer.from('{"definition":"command/run"}\n' + (JSON.stringify({ input: { command: "echo " + "x".repeat(150) } }) + "\n").repeat(200_000));
for (let i = 0; i < 3; i++) { n = 0; const c0 = process.cpuUsage(); const t = performance.now();
const r = await fetch(api.url + "/v1/namespaces/default/tasksets", { method: "POST", headers: { "content-type": "application/x-ndjson" }, body }); await r.json();
const c = process.cpuUsage(c0); const s = (performance.now() - t) / 1000; console.log("ndjson tasks/s", Math.round(n / s), "CPU µs/task (client in the same process)", ((c.user + c.system) / n).toFixed(2)); }
// in-process fetch launch
op.launchTask = async () => ({ task: "task_1", isDuplicate: false });
for (let i=0;i<2;i++){ const c0 = process.cpuUsage(); const N=20000; for (let k=0;k<N;k+=50) await Promise.all(Array.from({length:50},async()=>{const r=await api.fetch("http://x/v1/namespaces/default/tasks",{method:"POST",headers:{"content-type":"application/json"},body:'{"definition":"command/run","input":{"command":"true"}}'}); await r.text();})); const c=process.cpuUsage(c0); console.log("in-process launch CPU µs", ((c.user+c.system)/N).toFixed(1)); }
await api.close();
const hub = new EventHub({ epoch: 1 });
for (let i = 0; i < 3; i++) { const commits = Array.from({ length: 1000 }, (_, c) => Array.from({ length: 1000 }, (_, k) => ({ type: "task.queued", namespace: "default", atMs: k, task: "t" + k })));
const t = process.cpuUsage(); commits.forEach((e, c) => hub.append(i * 1000 + c + 1, e)); const c = process.cpuUsage(t); console.log("ring append ns/event", ((c.user + c.system) * 1000 / 1e6).toFixed(1)); }
{ const feed = hub.of("default"); const t = process.cpuUsage(); let cur = `1-${2900}-999`, k = 0; for (;;) { const b = feed.read(cur, 500); if (!b.events.length) break; for (const e of b.events) { JSON.stringify(e); k++; } cur = b.cursor; } const c = process.cpuUsage(t); console.log("read+stringify ns/event", ((c.user + c.system) * 1000 / k).toFixed(0), k); }
