# An answer of the module is final: no filter of nginx replaces it, no cache may
# keep it, or show stock without asking, and an error page that led to it does not
# change its status.  If trade_lock lets a request through, another handler
# answers.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::INET;
use Test::More;
use Trade;
use Trade::Process qw(free_port spew wait_for);

my $t = Trade->new;
my ($a, $b) = map { $t->redis($_) } qw(a b);
my $backend = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1', Proto => 'tcp')
    or die "listen: $!\n";

my $n = $t->nginx(<<'EOF', A => $a->address, B => $b->address, DOWN => '127.0.0.1:' . free_port(), KAFKA => $t->kafka->address, BACKEND => '127.0.0.1:' . $backend->sockport)->start(up => 2);
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock { server %%A%% name=a; }
    trade_redis slow { server %%B%% name=b; }
    trade_redis none { server %%DOWN%% name=down; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_kafka none { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_kafka slow { brokers %%DOWN%%; topic t; outage 100ms; property message.timeout.ms 1000; }
    trade_timeout 10s;

    server {
        listen 127.0.0.1:%%PORT%%;
        root %%TESTDIR%%;

        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /v1/trade { trade_status; }
        location /v1/locked { trade_lock stock one; alias %%TESTDIR%%/file; }
        location /v1/slow { trade_orders slow slow; }
        location /v1/late { trade_stock slow slow; }
        location /v1/down { trade_orders none none; }
        location /based {
            trade_problem_base https://shop.test/problems#;
            location /based/orders { trade_orders stock orders; }
            location /based/trade { trade_status; }
            location /based/urn { trade_problem_base urn:shop:; trade_stock stock orders; }
        }

        location /expires/ {
            expires 1h;
            location /expires/orders { trade_orders stock orders; }
            location /expires/stock { trade_stock stock orders; }
            location /expires/trade { trade_status; }
            location /expires/locked { trade_lock stock one; alias %%TESTDIR%%/file; }
            location /expires/slow { trade_orders slow slow; }
            location /expires/late { trade_stock slow slow; }
            location /expires/down { trade_orders none none; }
        }
        location /max/stock { expires max; trade_stock stock orders; }
        location /epoch/stock { expires epoch; trade_stock stock orders; }
        location /added/stock {
            add_header Cache-Control "public, max-age=600" always;
            trade_stock stock orders;
        }

        location /holds { trade_lock stock one; proxy_pass http://%%BACKEND%%; }

        location /error/ { error_page 404 @found; return 404; }
        location /overwrite/ { error_page 404 =200 @found; return 404; }
        location @found { rewrite ^/\w+/(.*)$ /v1/$1; }
    }
}
EOF
spew("$n->{dir}/file", "0123456789\n");

# Returns the status, the body, and the values of a header, of which there may
# be several.
sub answer {
    my ($method, $path, $headers, $body) = @_;
    $body //= '';
    my %h = (Host => 'a', Connection => 'close', 'Content-Type' => 'application/json',
        'Content-Length' => length $body, %{ $headers || {} });
    my $raw = $n->raw("$method $path HTTP/1.1\r\n"
        . join('', map { "$_: $h{$_}\r\n" } sort keys %h) . "\r\n$body");
    my ($head, $rest) = split /\r\n\r\n/, $raw, 2;
    my ($status) = ($head // '') =~ m{^HTTP/1.1 (\d+)};
    return { status => $status, body => $rest, header => sub {
        my ($name) = @_;
        return join ' & ', $head =~ /^\Q$name\E: *(.*?)\r?$/mgi;
    } };
}

my $asked_again = 'private, no-cache';     # of stock that is shown

sub is_final {
    my ($name, $r, $status, $cache) = @_;
    $cache //= 'no-store';
    is($r->{status}, $status, "$name is answered $status") or diag $r->{body};
    is($r->{header}('Cache-Control'), $cache, "$name has one Cache-Control, $cache");
    is($r->{header}('Expires'), '', "$name has no Expires");
}

sub order_of { return qq({"buyer_id":"$_[0]","items":[{"sku":"$_[1]","quantity":1}]}) }

# Every kind of answer, also where nginx is told to let caches keep it

for my $base (qw(v1 expires)) {
    my ($sku, $stock, $orders) = ("SKU-$base", "/$base/stock/SKU-$base", "/$base/orders");
    my %key = ('Idempotency-Key' => "key-$base");

    is_final("$base: PUT of stock", answer('PUT', $stock, {}, '{"total":5}'), 200);
    is_final("$base: $_ PATCH of stock", answer('PATCH', $stock, { %key }, '{"delta":1}'), 200)
        for qw(first second);
    is_final("$base: $_ of stock", answer($_, $stock), 200, $asked_again) for qw(GET HEAD);
    my $etag = answer('GET', $stock)->{header}('ETag');
    is_final("$base: $_ of stock that a cache has",
        answer($_, $stock, { 'If-None-Match' => $etag }), 304, $asked_again) for qw(GET HEAD);
    is_final("$base: GET of stock with another If-Match",
        answer('GET', $stock, { 'If-Match' => '"x"' }), 412);
    is_final("$base: GET of unknown stock", answer('GET', "/$base/stock/NONE"), 404);
    is_final("$base: GET without a SKU", answer('GET', "/$base/stock"), 404);
    is_final("$base: PUT of bad JSON", answer('PUT', $stock, {}, '{'), 400);
    is_final("$base: PUT of text",
        answer('PUT', $stock, { 'Content-Type' => 'text/plain' }, '{}'), 415);
    is_final("$base: PUT of a long body", answer('PUT', $stock, {}, ' ' x 20000), 413);
    is_final("$base: DELETE of stock", answer('DELETE', $stock), 405);

    my $made;
    for my $time (qw(first second)) {
        $made = answer('POST', $orders, { %key }, order_of("buyer-$base", $sku));
        is_final("$base: $time POST of an order", $made, 201);
    }
    my $order = $made->{header}('Location');
    is_final("$base: $_ of an order", answer($_, $order), 200) for qw(GET HEAD);
    is_final("$base: POST of a cancellation", answer('POST', "$order/cancel"), 200);
    is_final("$base: POST of an action not offered", answer('POST', "$order/pay"), 404);
    is_final("$base: GET of an unknown order", answer('GET', "$orders/000-" . '0' x 26), 404);
    is_final("$base: GET of no id", answer('GET', "$orders/x"), 404);
    is_final("$base: order of an unknown SKU",
        answer('POST', $orders, {}, order_of('u', 'NONE')), 404);
    is_final("$base: order of too much", answer('POST', $orders, {},
        qq({"buyer_id":"v","items":[{"sku":"$sku","quantity":99}]})), 409);
    is_final("$base: order without fields", answer('POST', $orders, {}, '{}'), 422);
    is_final("$base: PUT of stock without Kafka",
        answer('PUT', "/$base/late/$sku", {}, '{"total":5}'), 202);
    is_final("$base: order without Kafka",
        answer('POST', "/$base/slow", {}, order_of("slow-$base", $sku)), 202);
    is_final("$base: order whose shard is down",
        answer('POST', "/$base/down", {}, order_of('u', $sku)), 503);

    is_final("$base: $_ of the status", answer($_, "/$base/trade"), 200) for qw(GET HEAD);
    my $post = answer('POST', "/$base/trade");
    is_final("$base: POST of the status", $post, 405);
    is($post->{header}('Allow'), 'GET, HEAD',
        "$base: POST of the status says which methods are allowed");
    like($post->{body}, qr/"type":"urn:trade-gateway:problem:method-not-allowed"/,
        "$base: POST of the status is answered with a problem document");
}
is_final("GET of stock where nginx has expires $_", answer('GET', "/$_/stock/SKU-v1"), 200, $asked_again)
    for qw(max epoch);
like(answer('GET', "/added/stock/$$_[0]")->{header}('Cache-Control'), qr/\b$$_[1]\b/,
    "add_header of a Cache-Control leaves $$_[1] in the answer")
    for ['NONE' => 'no-store'], ['SKU-v1' => $asked_again];

# A lock: its refusal is ours, the content is not

# The first release finds that Redis lacks its script and is sent again, so that
# a request which follows at once may still find the lock held.
wait_for(sub { !grep { answer('GET', '/v1/locked')->{status} != 200 } 1, 2 }, 10)
    or die "the lock stays held\n";
my $file = answer('GET', '/v1/locked');
is($file->{status}, 200, 'a file under a lock is answered 200');
is($file->{header}('Cache-Control'), '', 'a file under a lock has no Cache-Control of ours');
is(answer('GET', '/v1/locked', { 'If-Modified-Since' => $file->{header}('Last-Modified') })
    ->{status}, 304, 'nginx answers 304 to a condition on a file under a lock');
is(answer('GET', '/v1/locked', { Range => 'bytes=0-1' })->{status}, 206,
    'nginx answers 206 to a range of a file under a lock');
like(answer('GET', '/expires/locked')->{header}('Cache-Control'), qr/max-age=3600/,
    'expires holds for a file under a lock');

my $holder = $n->connect;
print $holder "GET /holds HTTP/1.0\r\n\r\n";
my $held = $backend->accept;
for my $base (qw(v1 expires)) {
    is_final("$base: a refusal of the lock", answer('GET', "/$base/locked"), 423);
    is_final("$base: a refusal of the lock, with a condition",
        answer('GET', "/$base/locked", { 'If-None-Match' => '*' }), 423);
}
print $held "HTTP/1.0 200 OK\r\n\r\n";
close $held;
1 while <$holder>;

# Conditions and ranges are not evaluated by nginx's filters

my %asks = ('If-Modified-Since' => 'Sun, 29 Nov 2099 00:00:00 GMT', 'Range' => 'bytes=0-1',
    'If-Unmodified-Since' => 'Thu, 01 Jan 2015 00:00:00 GMT', 'If-Match' => '"x"',
    'If-None-Match' => '*');
is_final("GET of the status with $_", answer('GET', '/v1/trade', { $_ => $asks{$_} }), 200)
    for sort keys %asks;
for my $name ('If-Modified-Since', 'Range') {
    my %h = ($name => $asks{$name});
    is_final("GET of stock with $name", answer('GET', '/v1/stock/SKU-v1', { %h }), 200, $asked_again);
    is_final("PUT of stock with $name",
        answer('PUT', '/v1/stock/SKU-v1', { %h }, '{"total":9}'), 200);
    is_final("POST of an order with $name",
        answer('POST', '/v1/orders', { %h }, order_of("with-$name", 'SKU-v1')), 201);
}

# An error page leads here: the status is that of our answer

for my $page (qw(error overwrite)) {
    is_final("$page page: GET of stock", answer('GET', "/$page/stock/SKU-v1"), 200, $asked_again);
    is_final("$page page: GET of unknown stock", answer('GET', "/$page/stock/NONE"), 404);
    is_final("$page page: POST of an order",
        answer('POST', "/$page/orders", {}, order_of("by-$page", 'SKU-v1')), 201);
    is_final("$page page: POST without fields", answer('POST', "/$page/orders", {}, '{}'), 422);
}

# The type of a problem by trade_problem_base

sub type_of { return answer(@_)->{body} =~ /^\{"type":"([^"]+)"/ ? $1 : '' }
is(type_of('POST', '/based/orders', {}, '{}'), 'https://shop.test/problems#invalid-field',
    'trade_problem_base stands before the name of a problem of an order');
is(type_of('POST', '/based/trade'), 'https://shop.test/problems#method-not-allowed',
    'it stands before one of the status');
is(type_of('GET', '/based/urn/NONE'), 'urn:shop:unknown-sku', 'the base of an inner location counts');
is(type_of('GET', '/v1/stock/NONE'), 'urn:trade-gateway:problem:unknown-sku', 'without one there is a URN');

$t->done;
