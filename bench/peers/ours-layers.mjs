// Our side of the convolution layers.
import { nodeHost } from "../../dist/index.js";
import { createLayer } from "../workloads/layers.mjs";
import { serveLayers } from "./serve.mjs";

await serveLayers({ version: "" }, ({ layer, threads }) => createLayer(layer, nodeHost({ threads })));
