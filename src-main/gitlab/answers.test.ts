import { expect, it } from 'vitest';
import { messageFrom, sendAnswer, updateAnswer } from './answers.ts';
import type { Reply } from './http.ts';

const reply = (status: number, headers: Reply['headers'] = {}, text = ''): Reply => ({ status, headers, text });

it.each([
  { why: 'stored', reply: reply(202, { 'job-status': 'running', range: '0-9' }), answer: { kind: 'accepted' } },
  {
    why: 'canceled counts even on a 202',
    reply: reply(202, { 'job-status': 'canceled' }),
    answer: { kind: 'abort', stored: true },
  },
  {
    why: 'failed on the server counts too',
    reply: reply(202, { 'job-status': 'failed' }),
    answer: { kind: 'abort', stored: true },
  },
  { why: '403 ends it', reply: reply(403), answer: { kind: 'abort' } },
  {
    why: 'canceling goes beside the answer',
    reply: reply(202, { 'job-status': 'canceling' }),
    answer: { kind: 'accepted', canceling: true },
  },
  { why: 'not there', reply: reply(404), answer: { kind: 'notFound' } },
  { why: 'the next offset', reply: reply(416, { range: '0-500' }), answer: { kind: 'range', offset: 500 } },
  { why: 'no range: from the start', reply: reply(416), answer: { kind: 'range', offset: 0 } },
  {
    why: 'a damaged range: from the start',
    reply: reply(416, { range: '0-5-9' }),
    answer: { kind: 'range', offset: 0 },
  },
  {
    why: 'a range without numbers: from the start',
    reply: reply(416, { range: 'all' }),
    answer: { kind: 'range', offset: 0 },
  },
  {
    why: 'the pace',
    reply: reply(202, { 'x-gitlab-trace-update-interval': '60' }),
    answer: { kind: 'accepted', intervalSeconds: 60 },
  },
  {
    why: 'a pace of 0 is none',
    reply: reply(202, { 'x-gitlab-trace-update-interval': '0' }),
    answer: { kind: 'accepted' },
  },
  {
    why: 'a negative pace is none',
    reply: reply(202, { 'x-gitlab-trace-update-interval': '-1' }),
    answer: { kind: 'accepted' },
  },
  {
    why: 'a word is no pace',
    reply: reply(202, { 'x-gitlab-trace-update-interval': 'abc' }),
    answer: { kind: 'accepted' },
  },
  {
    why: 'anything else is tried again',
    reply: reply(200),
    answer: { kind: 'failed', message: 'HTTP status 200 (an empty answer)' },
  },
])('a trace: $why', ({ reply: given, answer }) => {
  expect(sendAnswer(given, 0)).toEqual(answer);
});

it.each([
  { why: 'taken', reply: reply(200, { 'job-status': 'running' }, '200'), sent: 'running', answer: { kind: 'ok' } },
  {
    why: 'a failed job is failed: no abort',
    reply: reply(200, { 'job-status': 'failed' }),
    sent: 'failed',
    answer: { kind: 'ok' },
  },
  {
    why: 'one that failed on the server meanwhile is',
    reply: reply(200, { 'job-status': 'failed' }),
    sent: 'running',
    answer: { kind: 'abort' },
  },
  {
    why: 'canceled on a 200',
    reply: reply(200, { 'job-status': 'canceled' }),
    sent: 'success',
    answer: { kind: 'abort' },
  },
  {
    why: 'not complete',
    reply: reply(202, { 'x-gitlab-trace-update-interval': '4' }),
    sent: 'success',
    answer: { kind: 'accepted', intervalSeconds: 4 },
  },
  { why: 'another log', reply: reply(412), sent: 'success', answer: { kind: 'invalidTrace' } },
  { why: 'not there', reply: reply(404), sent: 'running', answer: { kind: 'notFound' } },
  {
    why: 'reported before',
    reply: reply(403, { 'job-status': 'success' }),
    sent: 'success',
    answer: { kind: 'ok' },
  },
  {
    why: 'ended otherwise before',
    reply: reply(403, { 'job-status': 'failed' }),
    sent: 'success',
    answer: { kind: 'abort' },
  },
  {
    why: 'a running job that has ended',
    reply: reply(403, { 'job-status': 'success' }),
    sent: 'running',
    answer: { kind: 'abort' },
  },
  {
    why: 'a conflict is tried again',
    reply: reply(409, {}, '{"message":"409 Conflict"}'),
    sent: 'running',
    answer: { kind: 'failed', message: '409 Conflict' },
  },
])('an update: $why', ({ reply: given, sent, answer }) => {
  expect(updateAnswer(given, 0, sent)).toEqual(answer);
});

it.each([
  { why: 'a text', text: '{"message": "403 Forbidden"}', says: '400: 403 Forbidden' },
  { why: 'fields', text: '{"message": {"tags": ["a", "b"], "name": "c"}}', says: '400: tags: a; b, name: c' },
  { why: 'a parameter error', text: '{"error": "token is missing"}', says: '400: token is missing' },
  { why: 'another shape', text: '{"message": 5}', says: 'HTTP status 400' },
  { why: 'no JSON', text: 'oops', says: 'HTTP status 400' },
  { why: 'a novel is cut', text: JSON.stringify({ message: 'x'.repeat(9000) }), says: `400: ${'x'.repeat(500)}…` },
  { why: 'a page', text: ' <!doctype html>', says: 'HTTP status 400 (a web page, not GitLab’s API)' },
])('what the server said: $why', ({ text, says }) => {
  expect(messageFrom(reply(400, {}, text))).toBe(says);
});
