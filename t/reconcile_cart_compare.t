# tradectl reconcile --compare is right while carts, orders whose items lie in
# several slots and shards, are being sold, cancelled and refused.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use List::Util qw(max min);
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Ctl;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);
use Trade::Proxy;

my $t = Trade->new;
my %redis = map { $_ => $t->redis($_) } qw(a b c);

# one shard is far from the gateway, so that carts are undecided for a while
my $far = Trade::Proxy->new(to => $redis{c}->address);
$far->delay(0.03);

my $n = $t->nginx(<<'CONF', A => $redis{a}->address, B => $redis{b}->address, C => $far->address, KAFKA => $t->kafka->address)->start;
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
        server %%C%% name=c;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
    }
}
CONF

# A hold that went back just before it is read: tradectl must not take that for
# earlier, however long the script runs.
my $end = $redis{a}->now + 86400000;
my @holds = map { "freed:$_" } 1 .. 20000;
$redis{a}->cmd('EVAL', q(for i = 1, #KEYS do redis.call('SET', KEYS[i], 'FREED', 'PXAT', ARGV[1]) end),
    scalar @holds, @holds, $end);
my $begun = time;
my @freed = map { $_ + 86400000 - $end } @{ $redis{a}->cmd('EVALSHA', $redis{a}->script('freed_at'),
    scalar @holds, @holds) };
my $took = (time - $begun) * 1000;
cmp_ok(min(@freed), '>=', 0, 'freed_at gives no hold a time before it became FREED');
cmp_ok(max(@freed), '<=', $took + 1, 'freed_at is wrong by no more than the time that its call takes');
$redis{a}->cmd('DEL', @holds);

# A few buyers, so that each has carts under way while others go back; of the
# last SKUs there are few, so that many carts are refused.
my @skus = map { "C-$_" } 1 .. 12;
my $stocked = wait_for(sub {
    !grep { $n->put_stock($_, total => /1[12]$/ ? 30 : 100000)->{status} != 200 } @skus
}, 20);
ok($stocked, 'stock is set');

my $pid = fork // die "fork: $!\n";
if (!$pid) {
    my @placed;
    for my $round (1 .. 50) {
        my @r = load($n, 32, (map {
            my @items = map { $skus[rand @skus] } 1 .. 1 + rand 3;
            order([map { $_ => 1 + int rand 2 } @items], 'u-' . int rand 8, "$round-$_")
        } 1 .. 120), map { { method => 'POST', path => "/v1/orders/$_/cancel" } } splice @placed, 0, 40);
        push @placed, map { $_->{json}{order_id} // () } grep { $_->{status} == 201 } @r[0 .. 119];
        @placed = sort { rand() <=> 0.5 } @placed;
    }
    POSIX::_exit(0);
}

# a slow connection, so that much happens between one question and the next
my %slow = map { $_ => Trade::Proxy->new(to => $redis{$_}->address) } sort keys %redis;
$_->delay(0.01) for values %slow;
my $slowly = Trade::Ctl->new(dir => $t->dir . '/slow', shards => \%slow,
    kafka => $t->kafka, topic => $t->topic);
my %slots = map { $slowly->slot($_) => 1 } @skus;
my $times = 0;
until (waitpid($pid, POSIX::WNOHANG())) {
    # all of them, or so that most homes are not asked for
    my @what = $times++ % 3 ? keys %slots : (sort keys %slots)[0 .. 2];
    my ($code, $said) = $slowly->compare(@what);
    is($code, 0, "under load: exit code") or diag($said);
}
is($?, 0, 'the load has ended');
cmp_ok($times, '>=', 5, "the comparison was made $times times");

my %is;
for my $r (values %redis) {
    $is{$_}++ for map { $r->cmd('GET', $_) =~ /^(\w+) / } $r->keys('trade:{*}:[oh]*:*');
}
note join ', ', map { "$is{$_} $_" } sort keys %is;
cmp_ok($is{$_} // 0, '>', 20, "carts were $_") for qw(SOLD FREED CANCELLED);

ok(wait_for(sub { !grep { my $r = $_; grep { $r->cmd('ZCARD', $_) } $r->keys('trade:{*}:due'), $r->keys('trade:{*}:asks') }
    values %redis }, 20), 'all is done');
my $ctl = Trade::Ctl->new(dir => $t->dir, shards => \%redis, kafka => $t->kafka, topic => $t->topic);
my ($code, $said) = $ctl->compare('all');
is($code, 0, 'afterwards') or diag $said;

$t->done;
