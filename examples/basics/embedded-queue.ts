// A web application that answers at once and does the work afterwards, with a queue of its own in a folder.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CapstanError, definePlugin, defineTask, openCapstan } from "capstan";

const orders = definePlugin({
  name: "orders",
  tasks: {
    bill: defineTask({
      // Orders of one customer one after another, and at most two minutes each.
      policy: { timeoutMs: 120_000, concurrency: { key: "billing", limit: 1 } },
      run: async ({ items }: { items: number[] }) => ({ total: items.reduce((sum, price) => sum + price, 0) }),
    }),
  },
});

const capstan = await openCapstan({ folder: process.argv[2] ?? ".capstan", plugins: [orders], runtimes: ["inline"] });

const server = createServer((request, response) => {
  const answer = (status: number, body: unknown): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  const serve = async (): Promise<void> => {
    if (request.method === "GET") return answer(200, await capstan.task(request.url!.slice(1)).refresh());
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const task = await capstan.launch(
      orders.tasks.bill,
      JSON.parse(Buffer.concat(parts).toString()) as { items: number[] },
    );
    // From here on the order survives a crash of this process.
    answer(202, { task: task.id });
  };
  serve().catch((error: unknown) => {
    const { code, status } = error instanceof CapstanError ? error.toProblem() : { code: "internal", status: 500 };
    answer(status, { code });
  });
});
server.listen(0, "127.0.0.1", () => void order());

async function order(): Promise<void> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify({ items: [3, 4, 5] }) });
  const { task } = (await response.json()) as { task: string };
  console.log("accepted:", response.status);
  console.log("billed:", JSON.stringify(await capstan.task(task).result()));
  const { status } = (await (await fetch(url + task)).json()) as { status: string };
  console.log("shown as:", status);
  server.close();
  await capstan.close();
}
