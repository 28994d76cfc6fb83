#!/usr/bin/env node
// npm run verify -- FILE [PUBLIC_KEY.pem]
//
// Checks an export of the event log (GET /api/v1/event-store/export) with nothing but Node, and no code in common with what
// wrote it: every hash, every link of the chain, every signature. Exit code 0 when the file is what was appended, 1 when it
// is not, 2 when it cannot be read, 3 when data is gone and no erasure in the file tells of it: in a part of the log, one behind
// its end may. Signatures prove who signed only when the public key comes from elsewhere.
import { createHash, verify } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const format = 'fanfare-event-log/1';
const commitMembers = 'cursors,events,hash,position,previous_hash,recorded_at';
// each stands behind the events whose data it tells is erased
const erasureTypes = ['com.fanfare.subject.erasure_begun.v1', 'com.fanfare.privacy.subject_erased.v1'];
const eventMembers = 'data_hash,event,is_binary,salt,stream,version';

class Flaw extends Error {
  constructor(position, reason) {
    super(`position ${position}: ${reason}`);
  }
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const membersOf = (object) => Object.keys(object).sort().join();

/** Of an event that came too late to be kept. */
const lateDataHash = sha256('erased');

/** Canonical JSON (RFC 8785). */
function canonicalise(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalise).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalise(value[name])}`);
  return `{${members.join()}}`;
}

function checkEvent(member, position) {
  if (membersOf(member) !== eventMembers)
    throw new Flaw(position, 'the event has not the members that it should');
  const { event, stream, version, data_hash: dataHash, salt, is_binary: isBinary } = member;
  const { data, data_base64: encoded, ...attributes } = event;
  const text = isBinary ? encoded : data === undefined ? '' : JSON.stringify(data);
  const hasData = data !== undefined || encoded !== undefined;
  const isIntact = salt === null ? !hasData : sha256(salt + text) === dataHash;
  if (!isIntact || (isBinary ? data : encoded) !== undefined)
    throw new Flaw(position, 'the data is not what was appended');
  return {
    attributes,
    category: stream?.type ?? null,
    dataHash,
    isBinary,
    streamId: stream?.id ?? null,
    version,
  };
}

function checkCommit(commit, end) {
  const { position, recorded_at: recordedAt, cursors, previous_hash: previousHash } = commit;
  const expected = end ? end.position + 1 : position;
  if (position !== expected) throw new Flaw(expected, 'a commit is missing here');
  if (membersOf(commit) !== commitMembers)
    throw new Flaw(position, 'the commit has not the members that it should');
  if (previousHash !== (position === 1 ? sha256('') : (end?.hash ?? previousHash)))
    throw new Flaw(position, 'the commit does not follow the one before');
  const events = commit.events.map((event, index) => checkEvent(event, position + index));
  const covered = { cursors, events, position, recordedAtMs: Date.parse(recordedAt) };
  const isCanonicalTime = new Date(covered.recordedAtMs).toISOString() === recordedAt;
  if (!isCanonicalTime || sha256(previousHash + canonicalise(covered)) !== commit.hash)
    throw new Flaw(position, 'the commit is not what was appended');
  return { position: position + events.length - 1, hash: commit.hash };
}

function checkCheckpoint({ position, hash, at, signature }, end, publicKey) {
  if (!publicKey) throw new Flaw(position, 'there is a signature but no public key');
  const statement = canonicalise({ atMs: Date.parse(at), hash, position });
  if (!verify(null, Buffer.from(statement), publicKey, Buffer.from(signature, 'base64')))
    throw new Flaw(position, 'the signature is not genuine');
  if (position !== end?.position || hash !== end.hash)
    throw new Flaw(position, 'the chain was rewritten: its signature says otherwise');
}

/** Notes the events without data under their subject until an erasure tells of them. */
function noteErasures(unexplained, events) {
  for (const { event, salt, data_hash: dataHash } of events) {
    if (salt === null && dataHash !== lateDataHash)
      unexplained.set(event.subject, (unexplained.get(event.subject) ?? 0) + 1);
    const erased = erasureTypes.includes(event.type) ? event.data?.subject : undefined;
    if (erased !== undefined) unexplained.delete(erased);
  }
}

/** Takes line after line; what they have come to so far is in `found`. */
function createCheck(trustedKey) {
  const found = {
    commits: 0,
    events: 0,
    signatures: 0,
    unexplained: new Map(),
    end: undefined,
    isComplete: false,
  };
  let publicKey;

  function checkFirst(line) {
    if (line.format !== format) throw new Flaw(0, `the file is no export of the format ${format}`);
    publicKey = trustedKey ?? line.public_key ?? null;
  }

  function checkEnd({ position, hash }) {
    if (found.end && (position !== found.end.position || hash !== found.end.hash))
      throw new Flaw(found.end.position + 1, 'commits are missing before the end');
    found.isComplete = true;
  }

  function checkLine(line) {
    if (publicKey === undefined) return checkFirst(line);
    if (found.isComplete) throw new Flaw(found.end?.position ?? 0, 'there is something behind the end');
    if (line.end) return checkEnd(line.end);
    if (line.checkpoint) {
      checkCheckpoint(line.checkpoint, found.end, publicKey);
      found.signatures += 1;
    } else {
      found.end = checkCommit(line, found.end);
      found.commits += 1;
      found.events += line.events.length;
      noteErasures(found.unexplained, line.events);
    }
  }

  return { found, checkLine };
}

async function verifyFile(path, trustedKey) {
  const { found, checkLine } = createCheck(trustedKey);
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    try {
      checkLine(JSON.parse(text));
    } catch (error) {
      if (error instanceof Flaw) throw error;
      throw new Flaw((found.end?.position ?? 0) + 1, 'the line is not one of an export');
    }
  }
  if (!found.isComplete) throw new Flaw((found.end?.position ?? 0) + 1, 'the file is cut short');
  return found;
}

const [path, keyPath] = process.argv.slice(2);
if (path === undefined) {
  console.error('usage: npm run verify -- FILE [PUBLIC_KEY.pem]');
  process.exit(2);
}
try {
  const trustedKey = keyPath === undefined ? undefined : readFileSync(keyPath, 'utf8');
  const { commits, events, signatures, unexplained, end } = await verifyFile(path, trustedKey);
  const where = end ? ` up to position ${end.position}, hash ${end.hash}` : '';
  const by = trustedKey ? ', by the key given' : ', by the key in the file';
  const removed = [...unexplained.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${removed ? 'incomplete' : 'valid'}: ${events} events in ${commits} commits${where}; signatures: ${signatures}${signatures ? by : ''}` +
      (removed ? `; without data, and no erasure in the file tells why: ${removed}` : ''),
  );
  if (removed) process.exitCode = 3;
} catch (error) {
  console.error(error instanceof Flaw ? `INVALID at ${error.message}` : `cannot verify: ${error.message}`);
  process.exit(error instanceof Flaw ? 1 : 2);
}
