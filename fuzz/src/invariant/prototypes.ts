import { broken } from "./broken.js";

const watched: readonly (readonly [string, object])[] = [
  ["Object", Object.prototype],
  ["Array", Array.prototype],
  ["Function", Function.prototype],
  ["String", String.prototype],
  ["Number", Number.prototype],
  ["Boolean", Boolean.prototype],
  ["Map", Map.prototype],
  ["Error", Error.prototype],
];

/** Watches the prototypes that every object shares: nothing from outside may ever get into one. */
export class Prototypes {
  readonly #counts = watched.map(([, prototype]) => Reflect.ownKeys(prototype).length);

  /** @throws BrokenInvariant when a prototype has got or lost a property; what it got is taken away again. */
  check(): void {
    for (const [at, [name, prototype]] of watched.entries()) {
      const keys = Reflect.ownKeys(prototype);
      if (keys.length === this.#counts[at]) continue;
      const strange = Object.keys(prototype);
      for (const key of strange) Reflect.deleteProperty(prototype, key);
      this.#counts[at] = Reflect.ownKeys(prototype).length;
      broken(`the prototype of ${name} has other properties than before`, strange);
    }
  }
}
