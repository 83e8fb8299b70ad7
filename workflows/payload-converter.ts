import { DefaultPayloadConverter, METADATA_ENCODING_KEY, encodingKeys, type Payload } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/encoding';

/** JSON in either of the ways in which Temporal's UI sends it. */
const json = ['json/plain', 'json/protobuf'];

/**
 * Reads what people send from Temporal's UI, whose other choice of encoding, json/protobuf, the SDK does not know. A payload that
 * cannot be read fails each task of its workflow, for ever; one that claims to be JSON and is not becomes a value that every
 * check refuses. Other encodings, of a codec that this worker lacks, fail the task as ever until the worker has it.
 */
class ReadablePayloadConverter extends DefaultPayloadConverter {
  override fromPayload<T>(payload: Payload): T {
    const encoding = payload.metadata?.[METADATA_ENCODING_KEY];
    if (!encoding || !json.includes(decode(encoding))) return super.fromPayload(payload);
    try {
      return super.fromPayload({ ...payload, metadata: { ...payload.metadata, [METADATA_ENCODING_KEY]: encodingKeys.METADATA_ENCODING_JSON } });
    } catch {
      return { 'a payload that is no JSON': true } as T;
    }
  }
}

export const payloadConverter = new ReadablePayloadConverter();
