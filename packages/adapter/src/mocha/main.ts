import { serve } from "../channel/serve.js";
import { loadMocha } from "./mocha-runner.js";

serve(loadMocha);
