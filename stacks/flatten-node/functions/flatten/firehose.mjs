// PutRecordBatch by a signed request of its own, so that the function needs no package.
import { createHash, createHmac } from "node:crypto";

const hash = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv4.html
function signature(url, headers, body) {
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
  const names = Object.keys(headers).sort();
  const scope = [headers["x-amz-date"].slice(0, 8), AWS_REGION, "firehose", "aws4_request"];
  const request = [
    "POST", url.pathname, "", ...names.map((name) => `${name}:${headers[name]}`), "",
    names.join(";"), hash(body),
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope.join("/"), hash(request)]
    .join("\n");
  const key = scope.reduce((key, part) => hmac(key, part), `AWS4${AWS_SECRET_ACCESS_KEY}`);
  return `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope.join("/")}, `
    + `SignedHeaders=${names.join(";")}, Signature=${hmac(key, text).toString("hex")}`;
}

export async function putRecordBatch(stream, lines) {
  const { AWS_ENDPOINT_URL, AWS_REGION, AWS_SESSION_TOKEN } = process.env;
  const url = new URL(AWS_ENDPOINT_URL ?? `https://firehose.${AWS_REGION}.amazonaws.com`);
  const body = JSON.stringify({
    DeliveryStreamName: stream,
    Records: lines.map((line) => ({ Data: Buffer.from(line).toString("base64") })),
  });
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    host: url.host,
    "x-amz-date": new Date().toISOString().replace(/[-:]|\.\d+/g, ""),
    "x-amz-target": "Firehose_20150804.PutRecordBatch",
  };
  if (AWS_SESSION_TOKEN) headers["x-amz-security-token"] = AWS_SESSION_TOKEN;
  const { host, ...sent } = { ...headers, authorization: signature(url, headers, body) };
  const response = await fetch(url, { method: "POST", headers: sent, body });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.__type}: ${answer.message}`);
  if (answer.FailedPutCount) throw new Error(`${answer.FailedPutCount} records were not taken`);
}
