import { serve } from "../channel/serve.js";
import { loadNodeTest } from "./node-test-runner.js";

serve(loadNodeTest);
