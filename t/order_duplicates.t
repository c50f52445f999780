# Of 3,000 orders a fifth is sent twice or three times with the same key, some at
# once and some later: each key makes one order, and the stock balances.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use List::Util qw(shuffle sum0);
use Test::More;
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);

my $t = Trade->new;
my @shards = ($t->redis('a'), $t->redis('b'));
my $kafka = $t->kafka;

my %vars = (A => $shards[0]->address, B => $shards[1]->address,
    KAFKA => $kafka->address);
my $n = $t->nginx(<<'EOF', %vars)->start;
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    keepalive_requests 100000;

    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_timeout 20s;

    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

srand 20261127;

my @skus = map { "S-$_" } 1 .. 12;
for (load($n, 2, map { { method => 'PUT', path => "/v1/stock/$_",
    body => { total => 10000 } } } @skus))
{
    die "stock: $_->{body}\n" if $_->{status} != 200;
}
my @used = grep { @{ $_->cmd('KEYS', '*:slot') } } @shards;
is(@used, 2, 'there is stock on both shards');

# The orders by key, and when each is sent: 2,400 once, 300 twice, 300 three times;
# a repeat goes out right behind its order, or when all orders have been answered.

my %orders = map {
    my $key = sprintf 'key-%04d', $_;
    $key => [[$skus[rand @skus] => 1 + int rand 3], "u-$_"];
} 1 .. 3000;

my (@at_once, @later);
for my $key (shuffle sort keys %orders) {
    my ($digit) = $key =~ /(\d)$/;
    push @at_once, $key;
    push @{ rand() < 0.5 ? \@at_once : \@later }, $key
        for 1 .. $digit == 0 ? 1 : $digit == 1 ? 2 : 0;
}
@later = shuffle @later;

# The repeats of a key are one order, however its header is written.
sub request {
    my ($key) = @_;
    my ($items, $buyer) = @{ $orders{$key} };
    return order($items, $buyer, rand() < 0.5 ? $key : qq("$key"));
}

my %answers;
for my $keys (\@at_once, \@later) {
    my @answers = load($n, 64, map { request($_) } @$keys);
    push @{ $answers{ $keys->[$_] } }, $answers[$_] for 0 .. $#answers;
}
cmp_ok(scalar @later, '>', 200, 'many repeats came later');
cmp_ok(@at_once - keys %orders, '>', 200, 'many repetitions came at once');

wait_for(sub { !$n->status->{in_flight} }) or die "orders stay in flight\n";

# One order a key.

my (%ids, %wrong);
for my $key (sort keys %orders) {
    my @answers = @{ $answers{$key} };
    my %is = map { ($_->{json}{order_id} // $_->{body}) => 1 } @answers;
    my $first = grep { !$_->{headers}{'idempotent-replayed'} } @answers;
    $wrong{$key} = [$first, keys %is] if $first != 1 || keys %is != 1
        || grep { $_->{status} !~ /^20[12]$/ } @answers;
    $ids{$_} = $key for keys %is;
}
is_deeply(\%wrong, {}, 'each key has one order, and was answered once as a new one');
is(keys %ids, 3000, '3,000 orders were placed');

# The topic has just those, and what was ordered.

my @records = $kafka->orders($t->topic);
is_deeply([sort map { $_->{key} } @records], [sort keys %ids],
    'the topic has the orders answered, each once');

my (%in, %other);
for my $r (@records) {
    my ($items, $buyer) = @{ $orders{ $ids{ $r->{key} } // '' } // [['?', 0], '?'] };
    my ($item) = @{ $r->{value}{items} };
    $in{ $item->{sku} } += $item->{quantity};
    $other{ $r->{key} }++ if "$item->{sku} $item->{quantity} $r->{value}{buyer_id}"
        ne "@$items $buyer";
}
is_deeply(\%other, {}, 'each order is what its buyer asked for');

# The stock balances.

for my $sku (@skus) {
    my $s = $n->stock($sku);
    is($s->{available} + $s->{held} + $s->{sold}, $s->{total}, "$sku: the stock adds up");
    is(10000 - $s->{available}, $in{$sku}, "$sku: the stock counts the orders in the topic");
}
is_deeply([map { @{ $_->cmd('KEYS', '*:due') } } @shards], [], 'no event is due');
is(scalar(map { @{ $_->cmd('KEYS', '*:key:*') } } @shards), 3000, 'Redis has 3,000 keys');
is(scalar(map { @{ $_->cmd('KEYS', '*:order:*') } } @shards), 3000 + @skus,
    'Redis has as many orders, and the changes of stock');

$t->done;
