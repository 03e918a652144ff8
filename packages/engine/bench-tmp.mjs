import http from "node:http";
import { startApi } from "./dist/api/start-api.js";
import { PeerOperations } from "./dist/api/operations.test.support.js";
import { spawn } from "node:child_process";
import { makeCheck, TaskLaunch } from "@capstan/protocol";
const kind = process.argv[2];
const op = new PeerOperations();
let n = 0;
op.launchTask = async (ns, l) => {
  op.registry.resolve(ns, l.definition, l.revision).validateInput(l.input);
  return { task: "task_0000000000000000" + String(n++).padStart(6, "0"), isDuplicate: false };
};
let port, close;
if (kind === "api") {
  const api = await startApi({ operations: op, measures: () => op.measures(), port: 0 });
  port = new URL(api.url).port;
  close = () => api.close({ graceMs: 100 });
} else {
  const check = makeCheck(TaskLaunch, "the body");
  const s = http.createServer((req, res) => {
    const chunks = [];
    req.on("data", (c) => chunks.push(c));
    req.on("end", async () => {
      const b = check(JSON.parse(Buffer.concat(chunks).toString()));
      const r = await op.launchTask("default", b);
      const t = `{"task":"${r.task}","isDuplicate":false}`;
      res.writeHead(201, { "content-type": "application/json; charset=utf-8", "content-length": t.length });
      res.end(t);
    });
  });
  await new Promise((r) => s.listen(0, r));
  port = s.address().port;
  close = () => {
    s.close();
    s.closeAllConnections();
  };
}
const go = (sec) =>
  new Promise((res) => {
    const c = spawn(
      process.execPath,
      ["/tmp/apibench/load.mjs", port, process.argv[3] ?? "/v1/namespaces/default/tasks", sec, process.argv[4] ?? 64],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let o = "";
    c.stdout.on("data", (d) => (o += d));
    c.on("exit", () => res(o.trim()));
  });
await go(2);
const c0 = process.cpuUsage(),
  n0 = n;
const out = await go(5);
const c = process.cpuUsage(c0);
console.log(kind, out, "CPU µs/request", ((c.user + c.system) / (n - n0)).toFixed(1));
close();
setTimeout(() => process.exit(), 300);
