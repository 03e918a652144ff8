import type { RouteName } from "@capstan/protocol";
import type { Answer, CallOptions, Connection } from "./connection.js";

type PageOf<N extends RouteName> = Answer<N> extends { readonly items: (infer Item)[] } ? Item : never;

/** All items of a list, page by page as they are asked for. */
export async function* items<N extends RouteName>(
  connection: Connection,
  route: N,
  options: CallOptions = {},
): AsyncGenerator<PageOf<N>, void, undefined> {
  let cursor: string | undefined;
  do {
    const query = { ...options.query, ...(cursor === undefined ? {} : { cursor }) };
    const page = (await connection.call(route, { ...options, query })) as {
      readonly items: PageOf<N>[];
      readonly nextCursor?: string;
    };
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** The same as one array. */
export async function allItems<N extends RouteName>(
  connection: Connection,
  route: N,
  options: CallOptions = {},
): Promise<PageOf<N>[]> {
  const list: PageOf<N>[] = [];
  for await (const item of items(connection, route, options)) list.push(item);
  return list;
}
