# Thousands of buyers at once sell each SKU out to the last unit and never past
# it, nor any buyer past the limit; Redis and the topic agree on who got what.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use List::Util qw(shuffle sum0 max);
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
    log_format pid '$pid';
    access_log %%TESTDIR%%/pid.log pid;
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

sub key { my ($sku, $kind) = @_; return 'trade:{s' . crc32($sku) % 4096 . "}:$kind" }
sub shard { my ($sku) = @_; return grep { $_->cmd('EXISTS', key($sku, 'slot')) } @shards }

# How many of some answers were 201, or refused with which problem.
sub tally {
    my %tally;
    $tally{ $_->{status} == 201 ? 201
        : ($_->{json}{type} // "? $_->{status}") =~ s/.*://r }++ for @_;
    return \%tally;
}

# The units that buyers have bought, by Redis: buyer => quantity.
sub bought {
    my ($sku) = @_;
    my %bought = @{ (shard($sku))[0]->cmd('HGETALL', key($sku, 'bought:' . $sku)) };
    return { map { $_ => $bought{$_} =~ /^(\d+) / } keys %bought };
}

# One SKU on each shard; a third is bought by threes, and a fourth has a limit.

my (%total, %on, @skus);

sub stock {
    my ($sku, %stock) = @_;
    is($n->put_stock($sku, %stock)->{status}, 200, "stock of $sku is set");
    $total{$sku} = $stock{total};
}

for (my $i = 1; @skus < 2; $i++) {
    stock("S-$i", total => 100);
    my ($shard) = shard("S-$i");
    push @skus, "S-$i" unless $on{$shard}++;
}
stock('THREES', total => 100);
stock('LIMITED', total => 1000, limit => 2);

sub intent { my %intent; @intent{qw(sku buyer quantity)} = @_; return \%intent }

my @asked = shuffle(
    map({ my $buyer = "u-$_"; map { intent($_, $buyer, 1) } @skus } 1 .. 2000),
    map({ intent('THREES', "u-$_", 3) } 1 .. 200),
    map({ my $buyer = "u-$_"; map { intent('LIMITED', $buyer, 1) } 1 .. 8 } 1 .. 50));
my @answers = load($n, 128,
    map { order([$_->{sku} => $_->{quantity}], $_->{buyer}) } @asked);
$asked[$_]{answer} = $answers[$_] for 0 .. $#asked;
wait_for(sub { !$n->status->{in_flight} }) or die "orders stay in flight\n";

my %workers = map { $_ => 1 } split /\n/, Trade::Process::slurp("$n->{dir}/pid.log");
is(keys %workers, 2, 'both workers have sold');
is(keys %on, 2, 'both shards have sold');

for my $sku (@skus) {
    is_deeply(tally(map { $_->{answer} } grep { $_->{sku} eq $sku } @asked),
        { 201 => 100, 'sold-out' => 1900 }, "$sku: 100 orders, and 1,900 sold out");
}
is_deeply(tally(map { $_->{answer} } grep { $_->{sku} eq 'THREES' } @asked),
    { 201 => 33, 'sold-out' => 167 }, 'THREES: 33 orders of 3, the rest sold out');

# The limit: a buyer who was not refused for it was busy, and asks again.

my @limited = grep { $_->{sku} eq 'LIMITED' } @asked;
my %tally = %{ tally(map { $_->{answer} } @limited) };
delete @tally{qw(201 buyer-limit buyer-busy)};
is_deeply(\%tally, {}, 'LIMITED: orders, buyer-limit and buyer-busy, nothing else');

my %got;
$got{ $_->{buyer} }++ for grep { $_->{answer}{status} == 201 } @limited;
is(keys %got, 50, 'each of 50 buyers has got one');
is(max(values %got), 2, 'no buyer has more than 2');
is_deeply(bought('LIMITED'), \%got, "Redis has each buyer's units");

for my $round (1 .. 3) {
    my @buyers = grep { $got{$_} < 2 } sort keys %got;
    my @again = load($n, 16, map { order(['LIMITED' => 1], $_) } @buyers);
    for my $i (0 .. $#again) {
        next if $again[$i]{status} != 201;
        $got{ $buyers[$i] }++;
        push @asked, intent('LIMITED', $buyers[$i], 1);
        $asked[-1]{answer} = $again[$i];
    }
}
my @more = load($n, 16, map { order(['LIMITED' => 1], $_) } sort keys %got);
is_deeply(tally(@more), { 'buyer-limit' => 50 }, 'buyers who are asked one by one get 2 units each, not 3');
is_deeply([sort values %got], [(2) x 50], 'the 50 buyers get 100 units in all');
wait_for(sub { !$n->status->{in_flight} }) or die "orders stay in flight\n";

# Redis, the topic and the answers.

my @records = $kafka->orders($t->topic);

for my $sku (@skus, 'THREES', 'LIMITED') {
    my @sold = grep { $_->{sku} eq $sku && $_->{answer}{status} == 201 } @asked;
    my @in = grep { $_->{value}{items}[0]{sku} eq $sku } @records;
    my $sold = sum0 map { $_->{quantity} } @sold;

    is_deeply([sort map { $_->{key} } @in],
        [sort map { $_->{answer}{json}{order_id} } @sold],
        "$sku: the topic has the orders answered 201, each once");
    is(sum0(map { $_->{value}{items}[0]{quantity} } @in), $sold,
        "$sku: the topic has the quantity sold");

    my $stock = $n->stock($sku);
    is_deeply([@$stock{qw(total available held sold)}],
        [$total{$sku}, $total{$sku} - $sold, 0, $sold], "$sku: the stock has the quantity sold");

    my %bought;
    $bought{ $_->{buyer} } += $_->{quantity} for @sold;
    is_deeply(bought($sku), \%bought, "$sku: Redis knows who bought");

    my ($slot) = map { hex substr $_->{key}, 0, 3 } @in;
    is_deeply([sort { $a <=> $b } map { $_->{headers}{trade_versions} =~ /^$slot=(\d+)$/ } @in],
        [2 .. @in + 1], "$sku: each order is a version of the slot");
    is($stock->{version}, @in + 1, "$sku: the slot has no other versions");
    is_deeply((shard($sku))[0]->cmd('ZRANGE', key($sku, 'due'), 0, -1), [],
        "$sku: no event is due");
}

is(scalar(map { @{ $_->cmd('KEYS', '*:order:*') } } @shards), @records + keys %total,
    'Redis has a record of each, and none of a refused order');

$t->done;
