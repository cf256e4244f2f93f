// Answers in a page without a server, beside the page: what the playground's
// server would say to `GET /model` and to `POST /v1/models/NAME:predict`.
//
// `draw.onnx` makes latents of uniform numbers, and `decode.onnx` data of latents;
// where there is no such, `draw.onnx` makes data at once.

import {uniformsOf} from "./draws.js";

const ARRAYS = {float32: Float32Array, int32: Int32Array};

let ort, setup;
const sessions = {};

// === Loading ===

async function fetched(url, integrity) {
  let response;
  try {
    response = await fetch(url, integrity ? {integrity} : {});
  } catch (error) {
    const words = integrity ? ", or it is not what it was when the page was made" : "";
    throw new Error(`${url} cannot be had${words} (${error.message}).`);
  }
  if (!response.ok) throw new Error(`${url} cannot be had: ${response.status}.`);
  return response.arrayBuffer();
}

async function load() {
  const read = async (url) => JSON.parse(new TextDecoder().decode(await fetched(url)));
  setup = await read("model.json");
  const {script, wasm, files} = setup.in_browser;
  const [code, binary, ...models] = await Promise.all([
    fetched(script.url, script.integrity),
    fetched(wasm.url, wasm.integrity),
    ...files.map((name) => fetched(`${name}.onnx`)),
  ]);
  const address = URL.createObjectURL(new Blob([code], {type: "text/javascript"}));
  ort = await import(address);
  URL.revokeObjectURL(address);
  // More threads would need headers that few web hosts send.
  Object.assign(ort.env.wasm, {numThreads: 1, wasmBinary: binary});
  for (const [i, name] of files.entries()) {
    sessions[name] = await ort.InferenceSession.create(new Uint8Array(models[i]), {
      executionProviders: ["wasm"],
    });
  }
  return setup;
}

// === Running ===

// Rows as a tensor; whole numbers only within their bounds.
function tensor(name, rows, {dtype, shape, bounds}) {
  const values = ARRAYS[dtype].from(rows.flat(Infinity));
  const sizes = [rows.length, ...shape.slice(1)];
  if (dtype === "int32" && bounds && values.some((it) => it < bounds[0] || it > bounds[1])) {
    throw new Error(`${name} must be integers from ${bounds[0]} to ${bounds[1]}.`);
  }
  return new ort.Tensor(dtype, values, sizes);
}

// The values of a tensor, nested by its axes.
function nested({data, dims}) {
  const step = (values, [size, ...rest]) => {
    if (!rest.length) return Array.from(values);
    const part = values.length / size;
    return Array.from({length: size}, (_, i) =>
      step(values.subarray(i * part, (i + 1) * part), rest));
  };
  return step(data, dims);
}

async function run(file, inputs) {
  const session = sessions[file];
  const known = session.inputNames.filter((name) => name in inputs);
  return session.run(Object.fromEntries(known.map((name) => [name, inputs[name]])));
}

async function drawn(tensors, seeds) {
  const shape = setup.in_browser.drawn_shape;
  const number = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from(seeds.flatMap((pair) => uniformsOf(pair, number)));
  const uniforms = new ort.Tensor("float32", values, [seeds.length, ...shape]);
  const found = await run("draw", {...tensors, uniforms});
  if (!sessions.decode) return found;
  return {...found, ...await run("decode", {...tensors, ...found})};
}

async function predict({signature_name: signature, inputs}) {
  const fields = setup.signatures[signature].inputs;
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, rows]) => [name, tensor(name, rows, fields[name])]));
  const found = await (
    signature === "generate" ? drawn(tensors, inputs.seeds) : run("decode", tensors));
  const outputs = Object.entries(found).map(([name, rows]) => [name, nested(rows)]);
  // As servers do: a single output goes without its name.
  return {outputs: outputs.length === 1 ? outputs[0][1] : Object.fromEntries(outputs)};
}

// === Answering ===

const ready = load();
// It is told to those who ask.
ready.catch(() => {});
// A session runs one request at a time.
let turn = ready.catch(() => {});

async function answer({url, body}) {
  await ready;
  return url === "model" ? setup : predict(body);
}

self.onmessage = ({data}) => {
  turn = turn.then(async () => {
    try {
      self.postMessage({id: data.id, answer: await answer(data)});
    } catch (error) {
      self.postMessage({id: data.id, error: error.message ?? String(error)});
    }
  });
};
