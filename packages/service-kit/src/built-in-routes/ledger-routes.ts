import { AppError } from '@fanfare/core';
import type { Consumer, GroupPosition, TopicLog, TopicPosition } from '@fanfare/messaging';
import { z } from 'zod';
import { wholeNumber } from '../config/whole-number';
import { defineRoute, reply, type Route } from '../http/route';

export interface LedgerOptions {
  readonly service: string;
  readonly topicLogs: readonly TopicLog[];
  readonly consumers: readonly Consumer[];
}

const count = z.int().min(0);

const ledgerBody = z.object({
  service: z.string(),
  balanced: z.boolean(),
  topics: z.array(z.object({ topic: z.string(), partition: count, accepted: count, published: count })),
  groups: z.array(
    z.object({
      group: z.string(),
      topic: z.string(),
      partition: count,
      head: count.nullable(),
      applied: count,
      parked: count,
      dead_letters: count,
      in_flight: count,
      gaps_filled: count,
      missing: z.array(count),
    }),
  ),
});

const feedBody = z.object({
  topic: z.string(),
  partition: count,
  partitions: count,
  first_sequence: count,
  next_sequence: count,
  head: count,
  events: z.array(z.unknown()),
});

/** The books of a service: `GET /ledger`, and the feed of each topic that it owns. */
export function ledgerRoutes(options: LedgerOptions): readonly Route[] {
  return [ledgerRoute(options), ...(options.topicLogs.length > 0 ? [feedRoute(options.topicLogs)] : [])];
}

function ledgerRoute({ service, topicLogs, consumers }: LedgerOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/ledger',
    role: 'operator',
    summary: 'What became of every event: per topic and group, numbered and counted',
    description:
      'A group is balanced when its cursor (`applied`) stands at or before what its owner has accepted (`head`), and ' +
      'nothing is missing; `in_flight` lies between the two. Parked events and dead letters count as applied: the cursor ' +
      "has moved past them, and they are kept in the group's own database. A topic is balanced when no more was " +
      'published than accepted. So a loss shows here, and events that an owner has forgotten; where an owner cannot be ' +
      'asked (`head` is null) the ledger does not balance. What stands still does balance: `published` and `applied` stay ' +
      'behind then, and `outbox_oldest_seconds` grows. Whether each effect took place is not counted here.',
    responses: { 200: ledgerBody },
    handle: async () => {
      const [topics, groups] = await Promise.all([
        Promise.all(topicLogs.map(async (log) => toTopicBodies(log.topic, await log.positions()))),
        Promise.all(consumers.map((consumer) => consumer.positions())),
      ]);
      const [allTopics, allGroups] = [topics.flat(), groups.flat()];
      const balanced = allTopics.every(isWithinAccepted) && allGroups.every(isBalanced);
      return reply(200, { service, balanced, topics: allTopics, groups: allGroups.map(toGroupBody) });
    },
  });
}

function isWithinAccepted({ accepted, published }: TopicPosition): boolean {
  return published <= accepted;
}

/** Also false for a cursor beyond the head: then the owner has lost what it once accepted. */
export function isBalanced({ head, applied, inFlight, missing }: GroupPosition): boolean {
  return head === applied + inFlight && missing.length === 0;
}

function toTopicBodies(topic: string, positions: readonly TopicPosition[]) {
  return positions.map(({ partition, accepted, published }) => ({ topic, partition, accepted, published }));
}

function toGroupBody({ deadLetters, inFlight, gapsFilled, ...same }: GroupPosition) {
  const { group, topic, partition, head, applied, parked, missing } = same;
  return {
    group,
    topic,
    partition,
    head,
    applied,
    parked,
    dead_letters: deadLetters,
    in_flight: inFlight,
    gaps_filled: gapsFilled,
    missing,
  };
}

function feedRoute(topicLogs: readonly TopicLog[]): Route {
  return defineRoute({
    method: 'get',
    path: '/topics/{topic}/{partition}',
    // events as they are: here nothing is hidden from those to whom the event store does not show all of it
    role: 'operator',
    summary: 'The events of a topic by sequence, for groups that miss some',
    params: z.object({ topic: z.string(), partition: wholeNumber({ max: 100_000 }) }),
    query: z.object({
      from: wholeNumber({ min: 1 }).prefault('1'),
      limit: wholeNumber({ max: 1_000 }).prefault('100'),
    }),
    responses: { 200: feedBody },
    handle: async ({ params, query }) => {
      const log = topicLogs.find(({ topic }) => topic === params.topic);
      if (!log || params.partition >= log.partitions) {
        throw new AppError('not_found', 'this service owns no such topic or partition');
      }
      const page = await log.read(params.partition, query.from, query.limit);
      return reply(200, {
        topic: page.topic,
        partition: page.partition,
        partitions: log.partitions,
        first_sequence: page.firstSequence,
        next_sequence: page.firstSequence + page.events.length,
        head: page.head,
        events: page.events,
      });
    },
  });
}
