# SKUs and buyer ids are any UTF-8 of up to 255 bytes: their whole way through
# the gateway, Redis, Kafka, the logs and tradectl.

use strict;
use warnings;
use utf8;

use Compress::Raw::Zlib qw(crc32);
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP;
use Test::More;
use Trade;
use Trade::Ctl;
use Trade::Load qw(load order);
use Trade::Process qw(slurp spew wait_for);

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output todo_output);

my $t = Trade->new;
my %shards = map { $_ => $t->redis($_) } qw(a b);
my ($kafka, $topic) = ($t->kafka, $t->topic);

my $n = $t->nginx(bytes(<<'EOF'), A => $shards{a}->address, B => $shards{b}->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    log_format names escape=json '{"sku":"$trade_sku","id":"$trade_order_id","result":"$trade_result"}';
    log_format trade '$remote_addr "$request" $status $trade_order_id $trade_result "$trade_sku"';
    access_log %%TESTDIR%%/names.log names;
    access_log %%TESTDIR%%/trade.log trade;
    trade_zone main:16m;
    trade_timeout 20s;
    trade_max_items 100;
    trade_body_max 256k;
    trade_redis stock { server %%A%% name=a; server %%B%% name=b; }
    trade_redis same { server %%A%% name=a; server %%B%% name=b; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_redis third { server %%A%% name=a; server %%B%% name=b; }
    trade_kafka small { brokers %%KAFKA%%; topic %%TOPIC%%; property message.max.bytes 33792; }
    trade_kafka buyers { brokers %%KAFKA%%; topic %%TOPIC%%; key buyer_id; }
    client_max_body_size 256k;

    server {
        listen 127.0.0.1:%%PORT%%;
        trade_actions place get pay deliver cancel;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /key/orders { trade_orders same buyers; }
        location /small/orders { trade_orders third small; trade_body_max 16k; }
        location /own/orders { trade_orders stock orders; trade_buyer $http_x_buyer; }
        location /slash/ { trade_stock stock orders; }
        location /old/ { rewrite ^/old/(.*)$ /v1/$1; }
        location "/größe m/orders" { trade_orders stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my @skus = ('CLE-056621/6', 'A&B', '50st(3,6x19cm)', '手机', "\x{1f381} gift", 'a b', 'say "hi"',
    'back\\slash', '\\u0022', 'a|b', '|', 'a/b/../c', '/', '//x/', '..', '.', '%2F', '%', 'a:b',
    '{s1}', '}:slot', '*?[x]', "it's; DROP", '"}],"items":[{"sku":"x","quantity":9}]', ']}', '-',
    '7 7 7 0 - - -', 'a+b=c&sku=d', '#x', '?y', "\x{a0}\x{2028}", 'é' x 127 . '!', '"' x 255,
    '201 created', "\$trade_sku %s\x{301}");
my @buyers = ('auth0|5f7c', 'ann@example.com', 'YWJj+/==', 'https://id.example/u?n=1#a', '手"\\',
    'of two words', '"' x 255, "\x{1f381}", 'bought:x', '","items":[]}', '*');

sub bytes { my ($s) = @_; utf8::encode($s); return $s }
sub shown { my ($s) = @_; return length $s > 30 ? substr($s, 0, 27) . '...' : $s }
sub slot { return crc32(bytes($_[0])) % 4096 }
sub key { my ($sku, $kind) = @_; return 'trade:{s' . slot($sku) . "}:$kind" }
sub redis_of { my ($sku) = @_; return (grep { $_->cmd('EXISTS', key($sku, 'slot')) } values %shards)[0] }
sub argument { my ($sku) = @_; return '/v1/stock?sku=' . bytes($sku) =~ s/(\W)/sprintf '%%%02x', ord $1/ger }
sub buyer_of { my ($i) = @_; return $buyers[$i % @buyers] }
sub acked { ok(wait_for(sub { !map { %{ $_->due } } values %shards }, 30), "$_[0]: nothing is due") }

# Where Kafka is slow an answer is 202, and the rest is as true.
sub done {
    my ($r, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    like($r->{status}, qr/^20[012]$/, $name) or diag substr $r->{body}, 0, 2000;
}

# Stock, named in both ways.

for my $sku (@skus) {
    my $name = shown($sku);
    my $r = $n->put_stock($sku, total => 100);
    done($r, "PUT of $name is done");
    is($r->{json}{sku}, $sku, "PUT of $name answers with its stock");
    is($n->stock($sku)->{total}, 100, "GET of $name in the path");
    $r = $n->get(argument($sku));
    is($r->{json}{sku}, $sku, "GET of $name as an argument");
    is($r->{json}{available}, 100, "GET of $name as an argument: the same stock");
    is(redis_of($sku)->cmd('HGET', key($sku, 'slot'), 'total|' . bytes($sku)), 100,
        "$name is in Redis as it is");
}
my $r = $n->request('PATCH', Trade::Nginx::stock_path('手机'), { 'Idempotency-Key' => 'k' },
    { delta => 5 });
is($r->{json}{total}, 105, 'PATCH of a SKU');
$n->put_stock('手机', total => 100);

# Orders of each, by buyers of each kind.

my %orders;
for my $i (0 .. $#skus) {
    my ($sku, $buyer) = ($skus[$i], buyer_of($i));
    my $name = shown($sku) . ' by ' . shown($buyer);
    my ($r, $again) = load($n, 1, (order([$sku => 2], $buyer, "\"key $i\"")) x 2);
    done($r, "an order of $name is placed");
    is($r->{json}{buyer_id}, $buyer, "an order of $name: the buyer");
    is_deeply($r->{json}{items}, [{ sku => $sku, quantity => 2 }], "an order of $name: the items");
    is($again->{headers}{'idempotent-replayed'}, 'true', 'again under its key: a replay');
    is($again->{json}{order_id}, $r->{json}{order_id}, "the repetition of an order of $name is a replay of it");
    my $id = $r->{json}{order_id};
    is(hex substr($id, 0, 3), slot($sku), "the home of an order of $name is the slot of its bytes");
    my $shown = $n->get("/v1/orders/$id")->{json};
    is_deeply([@$shown{qw(buyer_id items)}], [@{ $r->{json} }{qw(buyer_id items)}], "GET shows the order of $name");
    like(redis_of($sku)->cmd('HGET', key($sku, 'bought:' . bytes($sku)), bytes($buyer)),
        qr/^2 /, "the buyer has bought two units of $name");
    $orders{$id} = [$sku, $buyer];
}

# One of all of them, over many slots: placed, refused, cancelled.

my @all = sort { bytes($a) cmp bytes($b) } @skus;
my $buyer = '手"\\ | cart';
($r) = load($n, 1, order([map { $_ => 1 } reverse @skus], $buyer));
done($r, 'a cart of all is placed');
is_deeply([map { $_->{sku} } @{ $r->{json}{items} }], \@all, 'the items of a cart are in the order of their bytes');
is(hex substr($r->{json}{order_id}, 0, 3), slot($all[0]), 'the home of a cart is the slot of its first item');
is($n->stock($_)->{available}, 97, shown($_) . ' is one less') for @skus;
my $cart = $r->{json}{order_id};

($r) = load($n, 1, order([map { $_ => 98 } @skus], $buyer));
is($r->{status}, 409, 'a cart of more than there is: 409') or diag $r->{body};
is_deeply([map { [$_->{sku}, $_->{code}] } @{ $r->{json}{errors} }],
    [map { [$_, 'sold-out'] } @skus], 'a refused cart names each SKU');
ok(wait_for(sub { !grep { $n->stock($_)->{available} != 97 } @skus }, 30), 'a refused cart leaves nothing held');

acked('the cart');
done($n->request('POST', "/v1/orders/$cart/cancel"), 'a cart is cancelled');
ok(wait_for(sub { !grep { $n->stock($_)->{available} != 98 } @skus }, 60), 'all units of a cancelled cart come back')
    or diag explain [map { [shown($_), $n->stock($_)->{available}] } @skus];
is(redis_of($_)->cmd('HGET', key($_, 'bought:' . bytes($_)), bytes($buyer)), undef,
    'the buyer has none of ' . shown($_)) for @skus;

# A name may be longer in JSON than it was in the request.

for (['x', '404 unknown-sku'], ['"', '413 body-too-long'], ['\\', '413 body-too-long']) {
    my ($c, $want) = @$_;
    my ($r) = load($n, 1, { %{ order([map { $c x 250 . $_ => 1 } 10 .. 30], 'u') },
        path => '/small/orders' });
    is("$r->{status} " . $r->{json}{type} =~ s/.*://r, $want,
        "21 SKUs of 252 bytes, most of them $c, and a small message.max.bytes");
}

my @long = map { '"' x 250 . $_ } 100 .. 199;
is(scalar(grep { $_->{status} =~ /^20[02]$/ } load($n, 8, map { { method => 'PUT',
    path => Trade::Nginx::stock_path($_), body => { total => 10 } } } @long)), 100,
    'stock of a hundred SKUs that are long in JSON is set');
($r) = load($n, 1, order([map { $_ => 1 } @long], '"' x 255));
done($r, 'a cart of all of them is placed');
is(@{ $r->{json}{items} }, 100, 'has a hundred items');
acked('the long cart');
done($n->request('POST', "/v1/orders/$r->{json}{order_id}/cancel"), 'the long cart is cancelled');
ok(wait_for(sub { !grep { $n->stock($_)->{available} != 10 } @long[0, 50, 99] }, 60),
    'all units of the long cart come back');

# A limit counts for each buyer by itself.

$n->put_stock('limit "1"', total => 20, limit => 1);
done($n->order(['limit "1"' => 1], $_), 'one for ' . shown($_)) for @buyers;
acked('the limit');
is($n->order(['limit "1"' => 1], $_)->{json}{errors}[0]{code}, 'buyer-limit',
    'no more for ' . shown($_)) for @buyers;

# The buyers of the orders.

sub own {
    my ($method, $path, $buyer, $body) = @_;
    return (load($n, 1, { method => $method, path => $path, body => $body,
        headers => { 'X-Buyer' => bytes($buyer) } }))[0];
}

for my $mine (@buyers) {
    my $r = own('POST', '/own/orders', $mine, { items => [{ sku => 'a|b', quantity => 1 }] });
    is($r->{json}{buyer_id}, $mine, shown($mine) . ' is the buyer');
    my $path = "/own/orders/$r->{json}{order_id}";
    for my $other (grep { length bytes($_) < 256 } substr($mine, 0, -1) || 'x', $mine . 'x', '\\u0022') {
        is(own('GET', $path, $other)->{status}, 404, 'GET by another: 404');
        is(own('POST', "$path/cancel", $other)->{status}, 404, 'cancelling by another: 404');
    }
    is(own('GET', $path, $mine)->{status}, 200, 'GET by the buyer');
    done(own('POST', "$path/cancel", $mine), 'the buyer cancels it');
}

# URIs.

sub raw {
    my ($target) = @_;
    my $answer = $n->raw("GET $target HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    my ($status) = $answer =~ m{^HTTP/1.1 (\d+)};
    my ($body) = $answer =~ /\r\n\r\n.*?(\{.*\})/s;
    my $json = $body && eval { JSON::PP->new->utf8->decode($body) } || {};
    return $status == 200 ? "200 $json->{sku}" : "$status " . ($json->{type} // 'no problem') =~ s/.*://r
        . ($json->{detail} ? ": $json->{detail}" : '');
}

is(raw($_->[0]), $_->[1], "GET $_->[0]") for
    ['/v1/stock/A%26B', '200 A&B'], ['/v1/stock/A&B', '200 A&B'],
    ['/v1/stock/%41%26%42?x=y', '200 A&B'], ['/v1/stock/CLE-056621/6', '200 CLE-056621/6'],
    ['/v1/stock/CLE-056621%2F6', '200 CLE-056621/6'], ['/v1/stock///x/', '200 //x/'],
    ['http://example.com/v1/stock/CLE-056621%2f6', '200 CLE-056621/6'],
    ['http://example.com:80/v1/stock?sku=%2E%2E', '200 ..'],
    ['/v1/stock/%252F', '200 %2F'], ['/v1/stock/a%2Fb%2F..%2Fc', '200 a/b/../c'],
    ['/v1/stock?sku=a/b/../c', '200 a/b/../c'], ['/v1/stock?sku=a+b', '200 a b'],
    ['/v1/stock?x=1&sku=A%26B&y', '200 A&B'], ['/v1/stock/?sku=.', '200 .'],
    ['/slash/?sku=%e6%89%8b%e6%9c%ba', '200 手机'], ['/slash/a%20b', '200 a b'],
    ['/v1/%73tock/A-%42', '404 unknown-sku'], ['/v1/%73tock/a%20b', '200 a b'],
    ['/v1/x/../stock/a%20b', '200 a b'], ['/old/stock/a%20b', '200 a b'],
    ['/old/stock?sku=..', '200 ..'], ['/v1/stock/x/../a%20b', '200 a b'],
    ['/v1/stock', '404 not-found'], ['/v1/stock/', '404 not-found'],
    ['/v1/stock/A%26B?sku=A%26B', '400 bad-uri: the path names a SKU, and so does the argument "sku"'],
    ['/v1/stock?sku=a&sku=a', '400 bad-uri: the argument "sku" stands there twice'],
    ['/v1/stock?sku=%2', '400 bad-uri: a percent sign has no two hex digits behind it'],
    ['/v1/stock?sku=%zz', '400 bad-uri: a percent sign has no two hex digits behind it'];
like(raw($_->[0]), qr/^404 unknown-sku: the SKU in the URI \Q$_->[1]\E; 1 to 255 bytes/, "GET $_->[0]")
    for ['/v1/stock?sku=', 'is empty'], ['/v1/stock?sku=%00', 'has a control character'],
    ['/v1/stock/%0a', 'has a control character'], ['/v1/stock/a%C2%85', 'has a control character'],
    ['/v1/stock/%ff', 'is not UTF-8'], ['/v1/stock?sku=a+', 'begins or ends with a blank'],
    ['/v1/stock/' . 'x' x 256, 'is longer than 255 bytes'];
$r = $n->request('PUT', '/v1/stock/a%20', undef, { total => 1 });
is("$r->{status} $r->{json}{errors}[0]{detail}",
    '422 the SKU in the URI begins or ends with a blank', 'PUT says why, too');

$r = $n->request('POST', '/gr%C3%B6%C3%9Fe%20m/orders', undef,
    { buyer_id => 'u', items => [{ sku => 'a b', quantity => 1 }] });
is($r->{headers}{location}, '/gr%C3%B6%C3%9Fe%20m/orders/' . ($r->{json}{order_id} // ''),
    'a Location is percent-encoded');
is($n->get($r->{headers}{location})->{status}, 200, 'the order is found at its percent-encoded Location');

# Kafka's keys and values.

load($n, 1, { %{ order(['a b' => 1], $_) }, path => '/key/orders' }) for @buyers;
done($n->request('POST', "/v1/orders/$_/pay"), 'an order is paid') for (sort keys %orders)[0];
acked('all');

my @records = $kafka->records($topic);
my %placed = map { $_->{value}{order_id} => $_ }
    grep { $_->{headers}{ce_type} eq 'trade.order.placed.v1' } @records;
is_deeply([map { [$placed{$_}{key}, $placed{$_}{value}{buyer_id}, $placed{$_}{value}{items}[0]{sku}] }
    sort keys %orders], [map { [$_, reverse @{ $orders{$_} }] } sort keys %orders],
    'the topic has each order with its names');
my %by_buyer = map { $_->{key} => $_->{value}{buyer_id} }
    grep { $_->{value}{order_id} && $_->{key} ne $_->{value}{order_id} } @records;
is_deeply(\%by_buyer, { map { $_ => $_ } @buyers }, 'a buyer id is a key as it is');
my %stock = map { $_->{key} => [$_->{value}{sku}, $_->{headers}{ce_subject}] }
    grep { $_->{headers}{ce_type} eq 'trade.stock.set.v1' } @records;
is_deeply($stock{$_}, [$_, $_], shown($_) . ' is a key as it is') for @skus;

# Logs and status.

my @lines = map { JSON::PP->new->utf8->decode($_) } split /\n/, slurp("$n->{dir}/names.log");
my %logged = map { $_->{id} => $_->{sku} } grep { $_->{result} =~ /^(created|accepted)$/ } @lines;
is($logged{$_}, $orders{$_}[0], 'the access log has ' . shown($orders{$_}[0])) for sort keys %orders;
ok($n->status->{workers}, 'the status is JSON');

# tradectl: nothing is lost; all is lost, and restored.

my $ctl = Trade::Ctl->new(dir => $t->dir, shards => \%shards, kafka => $kafka, topic => $topic);
my @slots = do { my %s = map { slot($_) => 1 } @skus; sort keys %s };
my ($code, $said) = $ctl->compare(@slots);
is($code, 0, 'Redis is as the topic says') or diag $said;

# The data of each slot about its SKU, except version, closure and buyers'
# locks.
sub state_of {
    my %state;
    for my $sku (@skus) {
        my $redis = redis_of($sku);
        my %slot = @{ $redis->cmd('HGETALL', key($sku, 'slot')) };
        my %bought = @{ $redis->cmd('HGETALL', key($sku, 'bought:' . bytes($sku))) };
        delete @slot{qw(v c f r), grep { /^changed\|/ || /^held/ && !$slot{$_} } keys %slot};
        s/ .*// for values %bought;
        $state{$sku} = [\%slot, \%bought];
    }
    return \%state;
}

my $was = state_of();
$n->stop('QUIT');
$_->cmd('FLUSHALL') for values %shards;
my $log = "$n->{dir}/trade.log";
my $lost = sprintf '%03x-%s', slot('a b'), '7' x 26;
spew($log, slurp($log) . bytes("1.2.3.4 \"-\" 202 $lost accepted \"手\"\n"));
($code, $said) = $ctl->reconcile('-w', 0, '-l', $log, @slots);
is($code, 1, 'reconcile restores all orders, except the one that only the log has') or diag $said;
is_deeply([$said =~ /lost: (\S+) was answered/g], [$lost],
    'reconcile names the order that only the log has') or diag $said;
is_deeply(state_of(), $was, 'Redis is what it was before the loss');
$n->start;
($code, $said) = $ctl->compare(@slots);
is($code, 0, 'Redis is as the topic says after reconcile') or diag $said;
done($n->order(['say "hi"' => 1], 'x'), 'all SKUs sell again after reconcile');

$t->done;
