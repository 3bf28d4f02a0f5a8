// web_client.js LIBRARY WHAT URL: one request as undici's fetch, node's own fetch or axios makes it, told
// nothing but the URL. Prints the status and the body; of a stream each piece when it comes.
"use strict";

const [library, what, url] = process.argv.slice(2);

const posted = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ word: "hello" }),
};

function fetcher() {
  const undici = require("undici");
  // Node's own asks the same dispatcher; from node 24 on it reads the environment without being told.
  undici.setGlobalDispatcher(new undici.EnvHttpProxyAgent());
  return library === "fetch" ? fetch : undici.fetch;
}

async function withFetch() {
  const options = what === "post" ? posted : { method: what === "stream" ? "GET" : what.toUpperCase() };
  const answer = await fetcher()(url, options);
  if (what !== "stream") return console.log(answer.status, await answer.text());
  for await (const piece of answer.body) console.log(Buffer.from(piece).toString().trim());
}

async function withAxios() {
  const axios = require("axios");
  const answer = await axios({
    url,
    method: what === "stream" ? "get" : what,
    data: what === "post" ? { word: "hello" } : undefined,
    responseType: what === "stream" ? "stream" : "text",
    transformResponse: (text) => text,
    validateStatus: () => true,
  });
  if (what !== "stream") return console.log(answer.status, answer.data);
  for await (const piece of answer.data) console.log(piece.toString().trim());
}

(library === "axios" ? withAxios : withFetch)().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
