// model_client.js openai|anthropic whole|stream MODEL [BASE_URL]: asks a model with its maker's own library
// and prints the words, of a stream each when it comes; or how the library says that it was refused.
// Without a base URL it is the maker's, asked through the environment's proxy.
"use strict";

const [maker, how, model, baseURL] = process.argv.slice(2);
const { EnvHttpProxyAgent, fetch: undiciFetch } = require("undici");

const apiKey = process.env.OPENAI_API_KEY || process.env.ANTHROPIC_API_KEY || "placeholder";
const options = { maxRetries: 0, apiKey };
if (baseURL) {
  options.baseURL = baseURL;
} else {
  const dispatcher = new EnvHttpProxyAgent();
  options.fetch = (url, init) => undiciFetch(url, { ...init, dispatcher });
}
const messages = [{ role: "user", content: "say hello" }];

async function openai() {
  const OpenAI = require("openai").default;
  const asked = { model, messages, stream: how === "stream" };
  const answer = await new OpenAI(options).chat.completions.create(asked);
  if (how === "whole") return console.log(answer.choices[0].message.content);
  for await (const chunk of answer) console.log(chunk.choices[0].delta.content);
}

async function anthropic() {
  const Anthropic = require("@anthropic-ai/sdk").default;
  const client = new Anthropic(options);
  if (how === "whole") {
    const answer = await client.messages.create({ model, messages, max_tokens: 10 });
    return console.log(answer.content[0].text);
  }
  const stream = client.messages.stream({ model, messages, max_tokens: 10 });
  stream.on("text", (text) => console.log(text));
  await stream.finalMessage();
}

(maker === "openai" ? openai : anthropic)().catch((error) => {
  console.log(`${error.constructor.name} ${error.status} ${error.message}`);
  process.exitCode = 1;
});
