# The units of an order come back by one rule, whoever brings them: the
# acknowledgement of its end, the release of what another slot has sold of it,
# or the repair of an order, or of a part of a cart, that the topic says has
# ended.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;

my $t = Trade->new;
my $redis = $t->redis('a');
my %sha = map { $_ => $redis->script($_) } qw(ack_effects release restore_order restore_hold);

my ($id, $other) = map { 'a38-' . $_ x 26 } 0, 1;
my $order = '{"buyer_id":"ann","items":[{"sku":"s122","quantity":2}]}';
my $placed = "PLACED 1 ab12 1 5\no - -\n";
my $cancelled = "CANCELLED 2 ab12 2 6\no - -\n$placed";
sub key { return "trade:{s2616}:$_[0]" }

# run(script, keys, arguments)
sub run {
    my ($script, $keys, @argv) = @_;
    return $redis->cmd('EVALSHA', $sha{$script}, scalar @$keys, map({ key($_) } @$keys), @argv);
}

sub repair {
    my ($script, $record, @argv) = @_;
    return run($script, ['slot', 'due', $record, 'bought:s122'], 0, 2, $id, @argv, '', 'ann', '',
        2, 's122');
}

my %gives_back = (
    'the acknowledgement of a cancellation' => sub {
        $redis->cmd('SET', key("order:$id"), "$cancelled$order");
        $redis->cmd('ZADD', key('due'), 1, "$id.2");
        return run('ack_effects', ['slot', 'due', ''], 0, '', '', '', "$id.2");
    },
    'the release of what was sold' => sub {
        $redis->cmd('SET', key("hold:$id"), "SOLD 1 5\n$order");
        return run('release', ['slot', 'due', '', "hold:$id"], 0, '', $id, 1);
    },
    'the repair of an order that has ended' => sub {
        $redis->cmd('SET', key("order:$id"), "$placed$order");
        $redis->cmd('HSET', key('slot'), 'c', 'reconcile', 'r', 0);
        return repair('restore_order', "order:$id", 2, "$cancelled$order");
    },
    'the repair of a part of a cart that has ended' => sub {
        $redis->cmd('SET', key("hold:$id"), "SOLD 1 5\n$order");
        $redis->cmd('HSET', key('slot'), 'c', 'reconcile', 'r', 0);
        return repair('restore_hold', "hold:$id", 'FREED', "FREED 1 5\n$order");
    });

for my $how (sort keys %gives_back) {
    for (['is forgotten if the order was the last and nothing is left', "2 7 $id", undef],
        ['is forgotten, too, if less was left than comes back', "1 7 $id", undef],
        ['keeps the units of other orders', "5 7 $id", "3 7 $id"],
        ['stays with nothing if a later order is named', "2 7 $other", "0 7 $other"],
        ['keeps the units of a later order', "3 7 $other", "1 7 $other"],
        ['is not made for a buyer who has none', undef, undef])
    {
        my ($what, $had, $left) = @$_;
        $redis->cmd('FLUSHALL');
        $redis->cmd('HSET', key('slot'), 'v', 1, 'total|s122', 10, 'available|s122', 4);
        $redis->cmd('HSET', key('bought:s122'), 'ann', $had) if $had;
        like($gives_back{$how}->(), qr/^(ACKED 1|DONE|APPLIED)$/, "$how is done");
        is($redis->cmd('HGET', key('slot'), 'available|s122'), 6, 'two units come back');
        is($redis->cmd('HGET', key('bought:s122'), 'ann'), $left, "$how: the entry $what");
    }
}

# Sold units are taken again where the topic says so, also from an unknown buyer.

for (['a new entry, without a lock', undef, "2 0 $id"],
    ['an entry with its lock and latest order', "1 7 $other", "3 7 $other"])
{
    my ($what, $had, $has) = @$_;
    $redis->cmd('FLUSHALL');
    $redis->cmd('HSET', key('slot'), 'v', 1, 'total|s122', 10, 'available|s122', 4,
        'c', 'reconcile', 'r', 0);
    $redis->cmd('HSET', key('bought:s122'), 'ann', $had) if $had;
    is(repair('restore_order', "order:$id", 1, "$placed$order"), 'APPLIED', 'a lost order is restored');
    is($redis->cmd('HGET', key('slot'), 'available|s122'), 2, 'the restored order takes its units');
    is($redis->cmd('HGET', key('bought:s122'), 'ann'), $has, "the buyer of the restored order has $what");
}

$t->done;
