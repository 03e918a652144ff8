import { serve } from "../channel/serve.js";
import { loadVitest } from "./vitest-runner.js";

serve(loadVitest);
