import { describe, expect, it } from '@jest/globals';
import { networkOf, widerNetworksOf } from '../src/network.js';

describe('the network of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::7', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:192.0.2.1', '2001:db8:1:2::/64'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '192.0.2.1'],
    ['64:ff9b::c000:201', '192.0.2.1'],
    ['64:ff9b:1::c000:201', '64:ff9b:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it.each([
    ['2001:db8:1:abcd:3:4:5:6', ['2001:db8:1:ab00::/56', '2001:db8:1::/48']],
    ['2001:db8:1:cd::1', ['2001:db8:1:0::/56', '2001:db8:1::/48']],
    ['2001:db8::1', ['2001:db8:0:0::/56', '2001:db8:0::/48']],
    ['192.0.2.1', []],
    ['::ffff:192.0.2.1', []],
    [null, []],
  ])('of %s is within %j', (address, networks) => {
    expect(widerNetworksOf(address)).toEqual(networks);
  });

  it.each([null, '', 'unknown', '192.0.2', '192.0.2.1:80', '[::1]', '::1::', 'example.com'])(
    'of %j is none',
    (address) => {
      expect(networkOf(address)).toBeNull();
    },
  );
});
