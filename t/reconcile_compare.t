# tradectl reconcile --compare: right on slots that sell, and sees each thing
# that differs; it changes nothing.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX ();
use Test::More;
use Trade;
use Trade::Ctl;
use Trade::Load qw(load order);
use Trade::Process qw(spew wait_for);
use Trade::Proxy;

my $t = Trade->new;
my %redis = map { $_ => $t->redis($_) } qw(a b);

my $n = $t->nginx(<<'CONF', A => $redis{a}->address, B => $redis{b}->address, KAFKA => $t->kafka->address)->start;
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
    }
}
CONF

my $ctl = Trade::Ctl->new(dir => $t->dir, shards => \%redis,
    kafka => $t->kafka, topic => $t->topic);

# All keys and values of a server.
sub dump_of {
    my ($redis) = @_;
    return { map { $_ => $redis->cmd('DUMP', $_) } @{ $redis->cmd('KEYS', '*') } };
}

sub compares {
    my ($code, $name, @what) = @_;
    my ($got, $said) = $ctl->compare(@what);
    is($got, $code, "$name: exit code") or diag($said);
    return $said;
}

# under load: the buyers buy again and again, stock is changed all the while

my @skus = map { "L-$_" } 1 .. 8;
$n->put_stock($_, total => 100000) for @skus;
my $pid = fork // die "fork: $!\n";
if (!$pid) {
    for my $round (1 .. 12) {
        load($n, 16, map {
            $_ % 40
                ? order([$skus[rand @skus] => 1 + int rand 3], 'u-' . int rand 20, "$round-$_")
                : { method => 'PATCH', path => "/v1/stock/$skus[rand @skus]",
                    headers => { 'Idempotency-Key' => "p-$round-$_" }, body => { delta => 5 } }
        } 1 .. 300);
    }
    POSIX::_exit(0);
}
# a slow connection, so that much happens between one question and the next
my %slow = map { $_ => Trade::Proxy->new(to => $redis{$_}->address) } qw(a b);
$_->delay(0.01) for values %slow;
my $slowly = Trade::Ctl->new(dir => $t->dir . '/slow', shards => \%slow,
    kafka => $t->kafka, topic => $t->topic);
my $times = 0;
until (waitpid($pid, POSIX::WNOHANG())) {
    my ($code, $said) = $slowly->compare(map { $ctl->slot($_) } @skus);
    is($code, 0, 'under load: exit code') or diag($said);
    $times++;
}
is($?, 0, 'the load has ended');
cmp_ok($times, '>=', 2, "the comparison was made $times times");

# To reconcile what has lost nothing, under load, is a pause and no more.

sub status_of { my ($r) = @_; $r->{json}{type} ? $r->{json}{type} =~ s/.*://r : $r->{status} }

my $stop = $t->dir . '/stop';
pipe my $from, my $into or die "pipe: $!\n";
$pid = fork // die "fork: $!\n";
if (!$pid) {
    my ($round, %count) = (0);
    until (-e $stop) {
        $round++;
        $count{ status_of($_) }++ for load($n, 16, map {
            order([$skus[rand @skus] => 1], 'u-' . int rand 500, "r-$round-$_") } 1 .. 100);
    }
    print $into join ' ', map { "$_=$count{$_}" } sort keys %count;
    close $into;
    POSIX::_exit(0);
}
close $into;
my ($rc, $report) = $ctl->reconcile('-w', 2, 'all');
is($rc, 0, 'reconciled under load: exit code') or diag($report);
unlike($report, qr/restored|missing|lost|ALARM/, 'reconcile under load restores nothing');
spew($stop, '');
my $counts = <$from>;
waitpid $pid, 0;
like($counts, qr/\b201=\d+/, "orders were taken: $counts");
like($counts, qr/slot-closed=\d+/, 'some orders are refused while reconcile runs');
is($counts =~ s/\b(?:201|202|slot-closed|buyer-busy)=\d+ ?//gr, '',
    'no order has another answer while reconcile runs');

# The shard that has a SKU.
my $a = (grep { $_->cmd('EXISTS', $ctl->key('L-1', 'slot')) } @redis{qw(a b)})[0];
my ($name) = grep { $redis{$_} == $a } qw(a b);
my $slot = $ctl->slot('L-1');
my $hash = $ctl->key('L-1', 'slot');
my $bought = $ctl->key('L-1', 'bought:L-1');
is($n->order(['L-1' => 2], 'u-1', 'last')->{status}, 201, 'a last order is placed');
ok(wait_for(sub { !$a->cmd('ZCARD', $ctl->key('L-1', 'due')) }), 'all events are acked');
compares(0, 'afterwards', 'all');
compares(0, 'one shard', 'b');
compares(0, 'some slots', map { $ctl->slot($_) } @skus);

my %was = map { $_ => dump_of($redis{$_}) } qw(a b);

# The differences, one at a time: how it is made, and the message about it.
my @keys = grep { $a->cmd('GET', $_) =~ /^PLACED/ } @{ $a->cmd('KEYS', $ctl->key('L-1', 'order:*')) };
my ($key) = @keys;
my ($id) = $key =~ /order:(.*)/;
my ($buyer) = @{ $a->cmd('HKEYS', $bought) };
my $available = $a->cmd('HGET', $hash, 'available|L-1');
my $version = $a->cmd('HGET', $hash, 'v');
for (
    ['less is available', sub { $a->cmd('HINCRBY', $hash, 'available|L-1', -1) },
        qr/^slot $slot: L-1: available is @{[$available - 1]}, but should be $available$/m],
    ['more is available', sub { $a->cmd('HINCRBY', $hash, 'available|L-1', 1) },
        qr/^slot $slot: L-1: available is @{[$available + 1]}, but should be $available$/m],
    ['the total', sub { $a->cmd('HINCRBY', $hash, 'total|L-1', 1) },
        qr/L-1: total or terms are not those of its last change, /],
    ['a limit', sub { $a->cmd('HSET', $hash, 'limit|L-1', 1000) }, qr/L-1: total or terms/],
    ['when it opens', sub { $a->cmd('HSET', $hash, 'opens|L-1', 1) }, qr/L-1: total or terms/],
    ['when it closes', sub { $a->cmd('HSET', $hash, 'closes|L-1', 4e12) }, qr/L-1: total or terms/],
    ['an SKU is gone', sub { $a->cmd('HDEL', $hash, 'total|L-1', 'available|L-1') },
        qr/L-1: is in the topic but not in Redis/],
    ['an SKU that never was', sub { $a->cmd('HSET', $hash, 'total|L-x', 1, 'available|L-x', 1) },
        qr/L-x: its stock can't be computed/, 2],
    ['a buyer has bought more', sub { $a->cmd('HSET', $bought, $buyer, "1000 0 $id") },
        qr/L-1: buyer $buyer has bought 1000, but should have \d+/],
    ['a buyer is gone', sub { $a->cmd('HDEL', $bought, $buyer) },
        qr/L-1: buyer $buyer has bought 0, but should have \d+/],
    ['a buyer who never was', sub { $a->cmd('HSET', $bought, 'nobody', "1 0 $id") },
        qr/L-1: buyer nobody has bought 1, but should have 0/],
    ['an order is gone', sub { $a->cmd('DEL', $key) }, qr/$id, version \d+, is in the topic but not in Redis/],
    ['an order is altered', sub { $a->cmd('SET', $key, $a->cmd('GET', $key) =~ s/"u-/"v-/r) },
        qr/ALARM: $id has other content/],
    ['an order is no record', sub { $a->cmd('SET', $key, 'PLACED') }, qr/ALARM: the record of $id can't be read/],
    ['rolled back, and not yet sold on', sub {
        my ($last) = grep { $a->cmd('GET', $_) =~ /^PLACED \d+ \S+ $version / } @keys;
        my ($who, $n) = $a->cmd('GET', $last) =~ /"buyer_id":"([^"]+)".*"quantity":(\d+)/;
        my ($had, $rest) = $a->cmd('HGET', $bought, $who) =~ /^(\d+) (.*)/;
        $a->cmd('DEL', $last);
        $a->cmd('HSET', $bought, $who, $had - $n . " $rest");
        $a->cmd('HSET', $hash, 'v', $version - 1, 'available|L-1', $available + $n);
    }, qr/its version is @{[$version - 1]}, but has been $version$/m],
    ['all is gone', sub { $a->cmd('DEL', @{ $a->cmd('KEYS', $ctl->key('L-1', '*')) }) },
        qr/in total \d+ are in the topic but not in Redis/],
    ['oversold', sub { $a->cmd('HSET', $hash, 'available|L-1', -3) }, qr/L-1: oversold by 3/],
) {
    my ($what, $change, $text, $code) = @$_;
    my $now = dump_of($a);
    $change->();
    my $doctored = dump_of($a);
    my $said = compares($code // 1, $what, $slot);
    like($said, $text, "$what: --compare says so");
    is_deeply(dump_of($a), $doctored, "$what: --compare changes nothing");
    $a->cmd('DEL', @{ $a->cmd('KEYS', '*') });
    $a->cmd('RESTORE', $_, 0, $now->{$_}) for keys %$now;
}
compares(0, 'as it was', $slot);

# an order that is due, and not in the topic, is known
my $new = $id =~ s/(.)$/$1 eq '0' ? '1' : '0'/er;
my $text = $a->cmd('GET', $key);
my $v = $version + 1;
my ($quantity) = $text =~ /"sku":"L-1","quantity":(\d+)/;
$a->cmd('SET', $key =~ s/$id/$new/r, $text =~ s/^(\S+ \S+ \S+) \d+/$1 $v/r);
$a->cmd('ZADD', $ctl->key('L-1', 'due'), 4e12, "$new.1");       # not yet the sweeper's
$a->cmd('HSET', $hash, 'v', $v, 'available|L-1', $available - $quantity);
my ($who) = $text =~ /"buyer_id":"([^"]+)"/;
my ($had, $rest) = $a->cmd('HGET', $bought, $who) =~ /^(\d+) (.*)/;
$a->cmd('HSET', $bought, $who, $had + $quantity . " $rest");
compares(0, 'due, and not in the topic', $slot);
$a->cmd('ZREM', $ctl->key('L-1', 'due'), "$new.1");
like(compares(1, 'not due, and not in the topic', $slot), qr/$new, version $v, is not in the topic/,
    '--compare names the order that the topic lacks');

# a server that is down, or another one
$redis{b}->stop;
my ($code, $said) = $ctl->compare('all');
is($code, 2, 'a server is down: exit code');
like($said, qr/shard b \(.*\): Connection refused/, '--compare names the server that is down');
is(($ctl->compare('a'))[0], $name eq 'a' ? 1 : 0, '--compare compares the other shard');

$t->done;
