# An Idempotency-Key makes one order: every repetition, at once or later, gets
# that order, also when the sale has changed since.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(free_port wait_for);

my $t = Trade->new;
my @shards = ($t->redis('a'), $t->redis('b'));
my $kafka = $t->kafka;

my %vars = (A => $shards[0]->address, B => $shards[1]->address);
my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    log_format pid '$pid';
    access_log %%TESTDIR%%/pid.log pid;

    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
    }
    trade_kafka orders {
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        property message.timeout.ms 1000;
    }
    trade_timeout 20s;
    %%KEEP%%

    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

sub gateway {
    my ($keep, $broker) = @_;
    return $t->nginx($conf, %vars, KEEP => $keep,
        KAFKA => $broker // $kafka->address)->start;
}

my $n = gateway('');

# How many orders some answers are about; how many of them are no replays.
sub ids { my %ids = map { ($_->{json}{order_id} // 'none') => 1 } @_; return scalar keys %ids }
sub firsts { return scalar grep { !$_->{headers}{'idempotent-replayed'} } @_ }
sub statuses { my %s = map { $_->{status} => 1 } @_; return join ' ', sort keys %s }
sub ask { return (load($n, 1, @_))[0] }

sub replays {
    my ($name, $r, $first) = @_;
    is($r->{status}, 201, "$name: 201");
    is($r->{headers}{'idempotent-replayed'}, 'true', "$name: a replay");
    is($r->{headers}{location}, $first->{headers}{location}, "$name: the replay has the first Location");
    is($r->{body}, $first->{body}, "$name: the replay equals the first answer");
}

sub is_reused {
    my ($name, $r) = @_;
    is($r->{status}, 422, "$name: 422");
    like($r->{json}{type}, qr/:idempotency-key-reused$/, "$name: idempotency-key-reused");
}

sub placed { return scalar $kafka->orders($t->topic) }
sub slot { return crc32($_[0]) % 4096 }

# Both workers have met the topic before anything is counted.

$n->put_stock('A-1', total => 1000);
load($n, 16, map { order(['A-1' => 1], "warm-$_") } 1 .. 32);
my $before = $n->stock('A-1');
my $orders = placed();

# Fifty at once.

my @same = load($n, 50, (order(['A-1' => 2], 'u-1', '"k"')) x 50);
is(ids(@same), 1, 'fifty requests at once make one order');
like(statuses(@same), qr/^(201|201 202)$/, 'all fifty requests are answered with the one order');
is(firsts(@same), 1, 'one of the fifty answers is no replay');
ok(!grep({ $_->{json}{published} != ($_->{status} == 201) } @same),
    '201 says published, and 202 does not');
is($before->{available} - $n->stock('A-1')->{available}, 2, 'fifty requests take the stock of one order');
is($n->stock('A-1')->{version}, $before->{version} + 1, 'fifty requests make one change');
is(placed() - $orders, 1, 'the topic has one message more');
my %workers = map { $_ => 1 } split /\n/, Trade::Process::slurp("$n->{dir}/pid.log");
is(keys %workers, 2, 'both workers were asked');
my ($first) = grep { !$_->{headers}{'idempotent-replayed'} } @same;
wait_for(sub { !$n->status->{in_flight} });

# Two bodies at once.

my @both = load($n, 50, map { order(['A-1' => 1 + $_ % 2], 'u-2', 'k') } 1 .. 50);
my @made = grep { $_->{status} < 300 } @both;
is(ids(@made), 1, 'two bodies with one key make one order');
is(firsts(@made), 1, 'two bodies with one key make one order');
is(@made, 25, 'the order is that of one of the bodies');
like($_->{json}{type}, qr/:idempotency-key-reused$/, 'the other body is refused') for
    grep { $_->{status} >= 300 } @both;
is(placed() - $orders, 2, 'the topic has one message more');

# The key, the buyer and the body that a repetition must have.

replays('the bare key', ask(order(['A-1' => 2], 'u-1', 'k')), $first);
replays('the quoted key', ask(order(['A-1' => 2], 'u-1', '"k"')), $first);
replays('the body in other words', ask({ method => 'POST', path => '/v1/orders',
    headers => { 'idempotency-key' => 'k' }, body => ' { "items" : [ {"quantity":1, '
        . '"sku":"A\u002d1"}, {"sku":"A-1","quantity":1} ], "buyer_id":"u\u002D1" } ' }),
    $first);

for (['another buyer', ['A-1' => 2], 'u-1b', 'k'], ['another key', ['A-1' => 2], 'u-1', 'K'],
    ['no key', ['A-1' => 2], 'u-1', undef],
    ['length counts', ['A-1' => 2], 'u-', '1k'], ['a longer key', ['A-1' => 2], 'u-1', 'kk'])
{
    my ($name, @order) = @$_;
    my $r = ask(order(@order));
    is($r->{status}, 201, "$name: 201");
    is(ids($first, $r), 2, "$name: another order");
    is(firsts($r), 1, "$name: no replay");
}

my ($elsewhere) = grep { slot($_) != slot('A-1') } map { "B-$_" } 1 .. 2;
$n->put_stock($elsewhere, total => 10);
my $other = ask(order([$elsewhere => 2], 'u-1', 'k'));
is($other->{status}, 201, 'the key makes an order in another slot');
is(firsts($other), 1, 'the key of another slot is another key');

my $escaped = ask(order(['A-1' => 2], 'u-1', '"a \"list\", \\\\ of words"'));
is($escaped->{status}, 201, 'a key may have blanks, commas and escapes');
is(firsts($escaped), 1, 'a key with escapes is another key');
replays("the same key with $_->[0]", ask(order(['A-1' => 2], 'u-1',
    '"a \"list\", \\\\ of words"' . $_->[1])), $escaped)
    for ['a parameter', ';a=1'], ['parameters', '; a; b="x;\"y"; c=:YQ==:; d=?0'];
replays('the first key with a parameter', ask(order(['A-1' => 2], 'u-1', '"k";a=1')), $first);

is_reused('another quantity', ask(order(['A-1' => 1], 'u-1', 'k')));
is_reused('with metadata', ask(order(['A-1' => 2], 'u-1', 'k', metadata => {})));
my $meta = ask(order(['A-1' => 1], 'u-3', 'k', metadata => { a => 1 }));
is($meta->{status}, 201, 'an order with metadata is placed');
is_reused('other metadata', ask(order(['A-1' => 1], 'u-3', 'k', metadata => { a => 2 })));
is_reused('the same metadata in other bytes', ask({ method => 'POST', path => '/v1/orders',
    headers => { 'Idempotency-Key' => 'k' }, body => '{"buyer_id":"u-3",'
        . '"items":[{"sku":"A-1","quantity":1}],"metadata":{"a": 1}}' }));

# A replay after the sale has changed.

for (
    ['sold out', { total => 1 }, {}],
    ['the sale is over', { total => 10 }, { total => 10, closes_at => '2020-01-01T00:00:00Z' }],
    ['the sale has not begun', { total => 10 },
        { total => 10, opens_at => '2099-01-01T00:00:00Z' }],
    ['the buyer is at the limit', { total => 10, limit => 1 }, {}],
    ['the limit is lower now', { total => 10 }, { total => 10, limit => 1 }],
) {
    my ($name, $stock, $then) = @$_;
    my $sku = 'R-' . $name =~ tr/ /-/r;
    my @order = ([$sku => $name =~ /lower/ ? 2 : 1], 'u-4', 'k');
    $n->put_stock($sku, %$stock);
    my $made = ask(order(@order));
    is($made->{status}, 201, "$name: an order before");
    is($n->put_stock($sku, %$then)->{status}, 200, "$name: now") if %$then;
    my $refusal = ask(order([$sku => 1], 'u-4', 'other'));
    cmp_ok($refusal->{status}, '>=', 400, "$name: a new order is refused");
    replays($name, ask(order(@order)), $made);
    is_reused("$name, another body", ask(order(@order[0 .. 2], metadata => {})));
}

# A refusal leaves its key free.

$n->put_stock('LATER', total => 0);
is(ask(order(['LATER' => 1], 'u-5', 'k'))->{status}, 409, 'an order of a sold-out SKU is refused');
$n->put_stock('LATER', total => 1);
my $later = ask(order(['LATER' => 1], 'u-5', 'k'));
is($later->{status}, 201, 'an order under that key when there is stock: 201');
is(firsts($later), 1, 'an order placed after the key was refused is no replay');

# How long a key and an order are kept.

# When the key and the record of an order end, in ms; -1 is never.
sub ends {
    my ($r) = @_;
    my $id = $r->{json}{order_id};
    my $record = 'trade:{s' . hex(substr $id, 0, 3) . "}:order:$id";
    my ($shard) = grep { $_->cmd('EXISTS', $record) } @shards;
    my ($key) = grep { $shard->cmd('GET', $_) eq $id } @{ $shard->cmd('KEYS', '*:key:*') };
    return map { $_ && $shard->cmd('PEXPIRETIME', $_) } $key, $record;
}

sub is_kept {
    my ($end, $hours, $name) = @_;
    return is($end, -1, "$name: for ever") unless $hours;
    my $less = time + $hours * 3600 - $end / 1000;
    ok($less >= 0 && $less < 60, "$name: $hours h") or diag $end;
}

for (['' => 7 * 24], ['trade_order_keep 24h;' => 24], ['trade_order_keep 30d;' => 720],
    ['trade_order_keep off;' => undef])
{
    my ($keep, $hours) = @$_;
    my $name = $keep || 'by default';
    my $gateway = $keep ? gateway($keep) : $n;
    my $buyer = "u-$name" =~ tr/ ;/-./r;
    my ($r) = load($gateway, 1, order(['A-1' => 1], $buyer, 'k'));
    my ($key, $order) = ends($r);       # a replay prolongs the key while the event is due
    my ($again, $keyless) = load($gateway, 1, order(['A-1' => 1], $buyer, 'k'),
        order(['A-1' => 1], $buyer));
    is(statuses($r, $keyless), 201, "$name: two orders");
    is_kept($key, 24, "$name, a key");
    is_kept($order, $hours, "$name, an order");
    ok($order == -1 || $order >= $key, "$name: an order outlives its key");
    ($key, $order) = ends($keyless);
    is($key, undef, "$name: no key, none kept");
    is_kept($order, $hours, "$name, an order without a key");
    replays($name, $again, $r);
}

# Without Kafka, fifty at once; and later where Kafka is.

my $dead = gateway('', '127.0.0.1:' . free_port());
my $left = $n->stock('A-1')->{available};
@same = load($dead, 50, (order(['A-1' => 1], 'u-7', 'k')) x 50);
is(ids(@same), 1, 'fifty requests at once without Kafka make one order');
is(statuses(@same), 202, 'each of the fifty is answered 202');
is(firsts(@same), 1, 'one of the fifty without Kafka is no replay');
my @answers = load($n, 50, (order(['A-1' => 1], 'u-7', 'k')) x 50);
is(ids(@same, @answers), 1, 'fifty more requests, with Kafka, get the same order');
is(statuses(@answers), 202, 'each of the fifty more is answered 202');
is(firsts(@answers), 0, 'each of the fifty more is a replay');
is($left - $n->stock('A-1')->{available}, 1, 'a hundred requests take the stock of one order');

# The topic has each order once.

my @keys = map { $_->{key} } $kafka->orders($t->topic);
my %keys = map { $_ => 1 } @keys;
is(@keys, keys %keys, 'no order is in the topic twice');
ok(!$keys{ $same[0]{json}{order_id} }, 'the order without Kafka is not in the topic');

$t->done;
