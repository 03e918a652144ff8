import { serve } from "../channel/serve.js";
import { loadCommand } from "./command-runner.js";

serve(loadCommand);
