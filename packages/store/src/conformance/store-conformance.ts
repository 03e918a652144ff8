import type { ConformanceKit, MakePlace } from "./conformance-kit.js";
import { commitConformance } from "./commit-conformance.js";
import { listConformance } from "./list-conformance.js";
import { logConformance } from "./log-conformance.js";
import { modelConformance } from "./model-conformance.js";
import { mutedConformance } from "./muted-conformance.js";
import { openConformance } from "./open-conformance.js";
import { pruneConformance } from "./prune-conformance.js";

/**
 * What every store must do, whatever is below it. A driver runs it with its test runner and a way to make places; a
 * place that is not durable leaves out what needs a second opening.
 */
export function storeConformance(kit: ConformanceKit, name: string, makePlace: MakePlace): void {
  kit.describe(`store ${name}`, () => {
    openConformance(kit, makePlace);
    commitConformance(kit, makePlace);
    listConformance(kit, makePlace);
    logConformance(kit, makePlace);
    pruneConformance(kit, makePlace);
    mutedConformance(kit, makePlace);
    modelConformance(kit, makePlace);
  });
}
