import { describe, expect, it } from 'vitest';
import { parseDevices, parseGpus } from '../../../../src-shared/docker/devices.ts';
import { parseCpus, parseMemory, parseUlimits } from '../../../../src-shared/docker/sizes.ts';
import { parseVolume } from '../../../../src-shared/docker/volume.ts';
import { dnsName } from '../../../base/names.ts';
import { devicesOf } from './host-config.ts';

describe('memory', () => {
  it.each([
    { why: 'megabytes', text: '512m', bytes: 512 * 2 ** 20 },
    { why: 'gigabytes with a fraction', text: '1.5g', bytes: 1.5 * 2 ** 30 },
    { why: 'long unit', text: '2 GiB', bytes: 2 * 2 ** 30 },
    { why: 'plain bytes', text: '33554432', bytes: 33554432 },
    { why: 'no limit', text: '-1', bytes: -1 },
    { why: 'nothing set', text: '', bytes: undefined },
  ])('$why', ({ text, bytes }) => expect(parseMemory(text)).toBe(bytes));
  it('says what it should be', () => {
    expect(() => parseMemory('12x')).toThrow('"12x" is not a size');
  });
});

describe('cpus', () => {
  it.each([
    { text: '0.5', nano: 5e8 },
    { text: '3/2', nano: 15e8 },
    { text: '.25', nano: 25e7 },
  ])('$text', ({ text, nano }) => expect(parseCpus(text)).toBe(nano));
  it.each(['many', '1/0', '-1'])('%s is refused', (text) =>
    expect(() => parseCpus(text)).toThrow(`failed to parse "${text}" as a rational number`),
  );
});

it('ulimits: one number counts for both', () => {
  expect(parseUlimits({ nofile: '1024:2048', core: '0' })).toEqual([
    { Name: 'nofile', Soft: 1024, Hard: 2048 },
    { Name: 'core', Soft: 0, Hard: 0 },
  ]);
  expect(() => parseUlimits({ nofile: 'x' })).toThrow('invalid soft limit value');
});

describe('devices', () => {
  it('fill in what is not said', () => {
    expect(parseDevices(['/dev/kvm', '/dev/a:/dev/b:r'])).toEqual([
      { PathOnHost: '/dev/kvm', PathInContainer: '/dev/kvm', CgroupPermissions: 'rwm' },
      { PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'r' },
    ]);
    expect(() => parseDevices(['a:b:c:d'])).toThrow('too many colons');
    expect(() => parseDevices(['/dev/a:/dev/b:rx'])).toThrow('invalid device');
  });
  it('of services go by the image', () => {
    const table = { 'db:*': ['/dev/a'], '**/gpu*': ['/dev/b'] };
    expect(devicesOf(table, 'db:14').map(({ PathOnHost }) => PathOnHost)).toEqual(['/dev/a']);
    expect(devicesOf(table, 'x/y/gpu:1').map(({ PathOnHost }) => PathOnHost)).toEqual(['/dev/b']);
  });
  it.each([
    { text: 'all', request: { Count: -1, Capabilities: [['gpu']] } },
    { text: '2', request: { Count: 2, Capabilities: [['gpu']] } },
    { text: '"device=0,2"', request: { DeviceIDs: ['0', '2'], Capabilities: [['gpu']] } },
    { text: 'driver=nvidia,count=1', request: { Driver: 'nvidia', Count: 1, Capabilities: [['gpu']] } },
    { text: 'capabilities=utility', request: { Count: 1, Capabilities: [['utility', 'gpu']] } },
  ])('gpus = $text', ({ text, request }) => expect(parseGpus(text)).toEqual([request]));
  it('gpus with an unknown key', () => expect(() => parseGpus('colour=red')).toThrow('unexpected key "colour"'));
});

describe('volumes', () => {
  it.each([
    { why: 'one path is a cache', text: '/cache', volume: { kind: 'cache', destination: '/cache' } },
    {
      why: 'a bind',
      text: '/a:/b',
      volume: { kind: 'bind', source: '/a', destination: '/b', rest: '' },
    },
    {
      why: 'a named volume with options',
      text: 'deps:/deps:ro,z',
      volume: { kind: 'bind', source: 'deps', destination: '/deps', rest: ':ro,z' },
    },
    {
      why: 'the engine’s socket',
      text: '/var/run/docker.sock:/var/run/docker.sock',
      volume: { kind: 'bind', source: '/var/run/docker.sock', destination: '/var/run/docker.sock', rest: '' },
    },
  ])('$why', ({ text, volume }) => expect(parseVolume(text, 'linux')).toEqual(volume));
  it.each([
    { text: 'C:\\cache', volume: { kind: 'cache', destination: 'C:\\cache' } },
    { text: 'C:\\a:D:\\b:ro', volume: { kind: 'bind', source: 'C:\\a', destination: 'D:\\b', rest: ':ro' } },
    { text: 'vol:C:\\b', volume: { kind: 'bind', source: 'vol', destination: 'C:\\b', rest: '' } },
  ])('Windows: $text', ({ text, volume }) => expect(parseVolume(text, 'windows')).toEqual(volume));
  it.each(['a:b:c:d', '/a:ro', ''])('"%s" is refused', (text) =>
    expect(() => parseVolume(text, 'linux')).toThrow(`invalid volume specification: "${text}"`),
  );
});

it('names are cut to what a network knows', () => {
  expect(dnsName('--Runner_AbC.1-x')).toBe('runnerabc1-x');
  expect(dnsName('x'.repeat(80)).length).toBe(63);
});
