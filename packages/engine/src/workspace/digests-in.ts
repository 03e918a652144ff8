const pattern = /sha256:[0-9a-f]{64}/g;
const digestCharacters = 71;

/**
 * All digests that a text names, in its order, without ever holding the text: a tree of many files is long, and whoever
 * parses it stops everything else for as long as that takes.
 */
export async function* digestsIn(text: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const part of text) {
    const piece = rest + Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("latin1");
    let end = 0;
    for (const match of piece.matchAll(pattern)) {
      yield match[0];
      end = match.index + digestCharacters;
    }
    // A digest may go on in the next part.
    rest = piece.slice(Math.max(end, piece.length - digestCharacters + 1));
  }
}
