import { serve } from "../channel/serve.js";
import { loadJest } from "./jest-runner.js";

serve(loadJest);
