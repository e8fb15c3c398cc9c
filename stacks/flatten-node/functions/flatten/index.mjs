// Flattens nested JSON records of a stream and passes them on to a delivery stream.
import { putRecordBatch } from "./firehose.mjs";

const BATCH_MAX = 500;

// Leaves of a tree by their paths: `customer.address.city`, `items.0.sku`.
function flatten(value, name = "", flat = {}) {
  if (value === null || typeof value !== "object") {
    flat[name] = value;
    return flat;
  }
  for (const [key, item] of Object.entries(value)) {
    flatten(item, name ? `${name}.${key}` : key, flat);
  }
  return flat;
}

export async function handler(event) {
  const lines = [];
  const batchItemFailures = [];
  for (const { kinesis } of event.Records) {
    let tree;
    try {
      tree = JSON.parse(Buffer.from(kinesis.data, "base64").toString());
    } catch {
      // Everything before it is done; Lambda goes on from here.
      batchItemFailures.push({ itemIdentifier: kinesis.sequenceNumber });
      break;
    }
    lines.push(JSON.stringify(flatten(tree)) + "\n");
  }
  for (let start = 0; start < lines.length; start += BATCH_MAX) {
    await putRecordBatch(process.env.DELIVERY_STREAM, lines.slice(start, start + BATCH_MAX));
  }
  return { batchItemFailures };
}
