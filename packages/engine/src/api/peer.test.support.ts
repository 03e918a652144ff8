import { connect } from "node:net";
import { once } from "node:events";
import type { Problem } from "@capstan/protocol";
import { PeerOperations } from "./operations.test.support.js";
import { startApi, type Api, type ApiOptions } from "./start-api.js";

/** An API on a free loopback port with a peer behind it. */
export interface Served {
  readonly operations: PeerOperations;
  readonly api: Api;
  readonly port: number;
  /** The URL of the default namespace. */
  readonly base: string;
}

export async function serve(options: Partial<ApiOptions> = {}): Promise<Served> {
  const operations = new PeerOperations();
  const api = await startApi({ operations, measures: () => operations.measures(), port: 0, ...options });
  const base = `${api.url}/v1/namespaces/default`;
  return { operations, api, base, port: Number(new URL(api.url ?? "http://none:1").port) };
}

export async function problemOf(answer: Response): Promise<Problem> {
  if (answer.headers.get("content-type") !== "application/problem+json; charset=utf-8") {
    throw new Error(`no problem came, but ${answer.status}: ${await answer.text()}`);
  }
  return (await answer.json()) as Problem;
}

/** Sends bytes as they are and gives all that comes back until the server closes. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  socket.on("error", () => {});
  socket.write(bytes);
  await once(socket, "close");
  return Buffer.concat(pieces).toString();
}

/** The next moment of that name that the peer reports. */
export function moment(operations: PeerOperations, name: string): Promise<void> {
  return new Promise((resolve) => {
    const before = operations.onMoment;
    operations.onMoment = (each) => {
      before(each);
      if (each === name) resolve();
    };
  });
}
