# Preconditions are evaluated before anything is changed: a GET and a PUT with
# If-Match lose no update, a sale between them does not matter, and a request that
# was carried out before is answered as it was then.  A GET with If-None-Match is
# answered 304 only if nothing that it would show has changed.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(free_port wait_for);

my $t = Trade->new;
my ($a, $b) = map { $t->redis($_) } qw(a b);

my $n = $t->nginx(<<'EOF', A => $a->address, B => $b->address, DOWN => '127.0.0.1:' . free_port(), KAFKA => $t->kafka->address)->start;
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
    }
    trade_redis slow {
        server %%B%% name=b;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_kafka slow { brokers %%DOWN%%; topic t; outage 100ms; property message.timeout.ms 1000; }
    trade_timeout 20s;

    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        gzip on;
        gzip_types application/json;
        gzip_min_length 1;
        location /v1/orders {
            trade_orders stock orders;
            trade_actions place get pay deliver cancel;
        }
        location /v1/stock { trade_stock stock orders; }
        location /slow/stock { trade_stock slow slow; }
        location /slow/orders { trade_orders slow slow; }
    }
}
EOF

my $past = 'Thu, 01 Jan 2015 00:00:00 GMT';
my $future = 'Sun, 29 Nov 2099 00:00:00 GMT';

sub ask {
    my ($method, $path, $headers, $body) = @_;
    return (load($n, 1, { method => $method, path => $path, headers => $headers,
        body => $body }))[0];
}
sub stock { my ($method, $sku, @more) = @_; return ask($method, "/v1/stock/$sku", @more) }
sub etag { my ($sku) = @_; return stock('GET', $sku)->{headers}{etag} }
sub settable { my ($etag) = @_; return $etag =~ s{/.*(?=")}{}r }
sub total { my ($sku) = @_; return stock('GET', $sku)->{json}{total} }

sub is_refused {
    my ($name, $r, $status, $type) = @_;
    is(join(' ', $r->{status}, $r->{headers}{'content-type'}, $r->{json}{outcome} // '',
            ($r->{json}{type} // '') =~ s/.*://r),
        "$status application/problem+json none $type", "$name is refused: $type")
        or diag $r->{body};
}
sub fails { my ($name, $r) = @_; is_refused($name, $r, 412, 'precondition-failed') }

# The ETag of stock: what can be set, a slash, what else is shown

is(stock('PUT', 'A', {}, { total => 10, limit => 2 })->{status}, 200, 'stock is set');
my $tag = etag('A');
like($tag, qr/^"[\x21\x23-\x7e]+"$/, 'GET of stock has a strong ETag');
is(settable($tag), '"10.2.."', 'the first part of the ETag is what can be set');
is(stock('HEAD', 'A')->{headers}{etag}, $tag, 'HEAD of stock has the same ETag');
my $was = stock('GET', 'A')->{json};
is(ask('POST', '/v1/orders', {}, order(['A' => 1], 'u-1')->{body})->{status}, 201,
    'a unit is sold');
is(stock('GET', 'A')->{json}{sold}, $was->{sold} + 1, 'stock shows the sale');
isnt(etag('A'), $tag, 'a sale changes the ETag');
is(settable(etag('A')), settable($tag), 'a sale does not change the first part of the ETag');
my $stale = stock('GET', 'A', { 'If-None-Match' => $tag });
is($stale->{status}, 200, 'GET with If-None-Match of the ETag before a sale is answered 200');
is($stale->{json}{sold}, $was->{sold} + 1, 'that answer shows the sale');
is(stock('GET', 'A', { 'If-None-Match' => settable($tag) })->{status}, 200,
    'GET with If-None-Match of the first part alone is answered 200');
is(stock('GET', 'A', { 'If-Match' => $_ })->{status}, 200, "GET with If-Match: $_ is answered 200")
    for $tag, settable($tag);
my %seen = (settable($tag) => 1);
for my $change ([PUT => { total => 11, limit => 2 }], [PUT => { total => 11, limit => 3 }],
    [PUT => { total => 11 }], [PUT => { total => 11, opens_at => '2020-01-01T00:00:00Z' }],
    [PUT => { total => 11, closes_at => '2020-01-01T00:00:00Z' }], [PATCH => { delta => 2 }])
{
    my ($method, $body) = @$change;
    my $r = stock($method, 'A', { 'Idempotency-Key' => 'k-' . keys %seen }, $body);
    is($r->{status}, 200, "$method @{[%$body]} is done");
    my $now = etag('A');
    ok(!$seen{settable($now)}++, "$method @{[%$body]} changes the first part of the ETag");
    is($r->{headers}{etag}, $now, "$method @{[%$body]} answers with the new ETag");
}
my $same = stock('PUT', 'A', {}, { total => 10, limit => 2 })->{headers}{etag};
is(settable($same), settable($tag), 'the same settings have the same first part');
isnt($same, $tag, 'the ETag is another one, because the version is shown');
my $gzip = $n->get('/v1/stock/A', { 'Accept-Encoding' => 'gzip' });
is($gzip->{headers}{'content-encoding'}, 'gzip', 'an answer may be compressed');
is($gzip->{headers}{etag}, $same, 'a compressed answer has the same ETag');

# If-Match

my $total = 20;
my $first = settable($tag);
(my $foreign = $first) =~ s/2/3/;
(my $sold_since = $first) =~ s{"$}{/1.2.3"};
for ([$tag, 1], [$first, 1], [$sold_since, 1], ["W/$first", 0], [$foreign, 0], ["\"x\", $tag", 1], ["$tag,\"x\"", 1], [' * ', 1], ['"x"', 0], ["W/$tag", 0],
    ["W/$tag, W/\"x\"", 0], ['"x", "y"', 0], ['""', 0], ["\"*\"", 0],
    [join(', ', map { "\"x$_\"" } 1 .. 400), 0])
{
    my ($match, $done) = @$_;
    my $name = 'PUT with If-Match: ' . substr $match, 0, 30;
    my %h = ('If-Match' => $match);
    if ($done) {
        is(stock('PUT', 'A', { %h }, { total => ++$total })->{status}, 200, "$name is done");
        is(total('A'), $total, "$name sets the total");
        stock('PUT', 'A', {}, { total => 10, limit => 2 });
    } else {
        fails($name, stock('PUT', 'A', { %h }, { total => 99 }));
        fails("$name as PATCH", stock('PATCH', 'A', { %h, 'Idempotency-Key' => 'never' },
            { delta => 5 }));
        is(total('A'), 10, "$name changes nothing");
    }
}
fails('PUT with If-Match of a SKU that is not there', stock('PUT', 'NEW',
    { 'If-Match' => '*' }, { total => 1 }));
is(stock('GET', 'NEW')->{status}, 404, 'a stock that does not exist is not made');
is_refused('PATCH with If-Match of a SKU that is not there', stock('PATCH', 'NEW',
    { 'If-Match' => '*', 'Idempotency-Key' => 'k' }, { delta => 1 }), 404, 'unknown-sku');
fails('If-Match goes before the total that is too low',
    stock('PUT', 'A', { 'If-Match' => '"x"' }, { total => 0 }));
is_refused('a total that is too low, with a precondition that holds',
    stock('PUT', 'A', { 'If-Match' => $tag }, { total => 0 }), 409, 'below-sold');

# Of writers that all have read the same one wins

my @answers = load($n, 16, map { { method => 'PUT', path => '/v1/stock/A',
    headers => { 'If-Match' => $tag }, body => { total => 100 + $_ } } } 1 .. 16);
is(join(' ', sort map { $_->{status} } @answers), '200' . ' 412' x 15,
    'one of 16 writers with the same ETag sets the stock');
my ($winner) = grep { $answers[$_]{status} == 200 } 0 .. 15;
is(total('A'), 101 + $winner, 'the stock is that of the one writer');

# A repetition is answered as then

for my $case ([PUT => { total => 50 }], [PATCH => { delta => 5 }]) {
    my ($method, $body) = @$case;
    my %h = ('If-Match' => etag('A'), 'Idempotency-Key' => "again-$method");
    my $first = stock($method, 'A', { %h }, $body);
    is($first->{status}, 200, "$method with key and If-Match is done");
    my $again = stock($method, 'A', { %h }, $body);
    is($again->{body}, $first->{body}, "$method repeated is answered as before");
    is($again->{headers}{'idempotent-replayed'}, 'true', "$method repeated is a replay");
    is($again->{headers}{etag}, $first->{headers}{etag}, "$method repeated has that ETag");
    fails("$method under another key", stock($method, 'A',
        { %h, 'Idempotency-Key' => "other-$method" }, $body));
    is(stock($method, 'A', { 'Idempotency-Key' => "other-$method" }, $body)->{status}, 200,
        "$method: a key whose precondition failed is free");
}

# If-None-Match

$tag = stock('PUT', 'A', {}, { total => 10, limit => 2 })->{headers}{etag};
for ('*', $tag, "W/$tag", "\"x\", W/$tag") {
    fails("PUT with If-None-Match: $_", stock('PUT', 'A', { 'If-None-Match' => $_ },
        { total => 99 }));
    my $r = stock('GET', 'A', { 'If-None-Match' => $_ });
    is($r->{status}, 304, "GET with If-None-Match: $_ is answered 304");
    is($r->{headers}{etag}, $tag, '304 has the ETag');
    is($r->{headers}{'cache-control'}, 'private, no-cache', '304 has the Cache-Control of 200');
    is(join(' ', $r->{body}, grep { defined } @{ $r->{headers} }{qw(content-type content-length)}), '',
        '304 has no body, no Content-Type, no Content-Length');
    is(stock('HEAD', 'A', { 'If-None-Match' => $_ })->{status}, 304, 'HEAD is answered 304, too');
}
fails("PUT with If-None-Match of the settings: $_",
    stock('PUT', 'A', { 'If-None-Match' => $_ }, { total => 99 })) for $first, $sold_since;
is(total('A'), 10, 'If-None-Match has changed nothing');
is(stock('GET', 'A', { 'If-None-Match' => '"x"' })->{status}, 200,
    'GET with If-None-Match of another ETag is answered 200');
is(stock('PUT', 'A', { 'If-None-Match' => '"x", W/"y"' }, { total => 10, limit => 2 })->{status},
    200, 'PUT with If-None-Match of other ETags is done');
is(stock('PUT', 'B', { 'If-None-Match' => '*' }, { total => 3 })->{status}, 200,
    'PUT with If-None-Match: * makes what was not there');
fails('the second PUT with If-None-Match: *',
    stock('PUT', 'B', { 'If-None-Match' => '*' }, { total => 4 }));
is(total('B'), 3, 'the first If-None-Match: * counts');
is(stock('GET', 'NONE', { 'If-None-Match' => '*' })->{status}, 404,
    'GET with If-None-Match of what is not there is answered 404');

# If-Unmodified-Since, and Last-Modified

fails('PUT with If-Unmodified-Since in the past',
    stock('PUT', 'A', { 'If-Unmodified-Since' => $past }, { total => 99 }));
fails('GET with If-Unmodified-Since in the past',
    stock('GET', 'A', { 'If-Unmodified-Since' => $past }));
fails('GET with If-Match of another ETag', stock('GET', 'A', { 'If-Match' => '"x"' }));
is(stock('PUT', 'A', { 'If-Unmodified-Since' => $_ }, { total => 10, limit => 2 })->{status},
    200, "PUT with If-Unmodified-Since: $_ is done")
    for $future, 'Sunday, 29-Nov-65 00:00:00 GMT', 'yesterday', '1234', '"x"';
is(stock('PUT', 'A', { 'If-Unmodified-Since' => $past, 'If-Match' => $tag },
    { total => 10, limit => 2 })->{status}, 200,
    'If-Unmodified-Since is passed over with If-Match');
is(stock('PUT', 'C', { 'If-Unmodified-Since' => $past }, { total => 1 })->{status}, 200,
    'If-Unmodified-Since holds for what is not there');

my $date;
ok(wait_for(sub { $date = stock('GET', 'A')->{headers}{'last-modified'} }, 60),
    'GET of stock has Last-Modified a moment after the change');
stock('PUT', 'A', {}, { total => 12 });
fails('PUT with If-Unmodified-Since of before the last change',
    stock('PUT', 'A', { 'If-Unmodified-Since' => $date }, { total => 13 }));
ok(wait_for(sub { $date = stock('GET', 'A')->{headers}{'last-modified'} }, 60),
    'the new Last-Modified is shown');
is(stock('PUT', 'A', { 'If-Unmodified-Since' => $date }, { total => 13 })->{status}, 200,
    'PUT with If-Unmodified-Since of the last change is done');
is(total('A'), 13, 'PUT with If-Unmodified-Since of the last change sets the total');

# Malformed entity tags change nothing

for my $bad ('7', 'x', '"x', 'x"', "'x'", 'W/x', 'w/"x"', '*, "x"', '"x" "y"', '"a b"', ',', '') {
    for my $name ('If-Match', 'If-None-Match') {
        is_refused("PUT with $name: $bad", stock('PUT', 'A', { $name => $bad }, { total => 77 }),
            400, 'precondition-malformed');
        is_refused("GET with $name: $bad", stock('GET', 'A', { $name => $bad }),
            400, 'precondition-malformed');
    }
}
is_refused('POST of an order with a malformed If-Match', ask('POST', '/v1/orders',
    { 'If-Match' => '7' }, order(['A' => 1], 'u-bad')->{body}), 400, 'precondition-malformed');
is(total('A'), 13, 'malformed preconditions have changed nothing');
my $sold = stock('GET', 'A')->{json}{sold};

# Orders

fails("POST of an order with If-Match: $_", ask('POST', '/v1/orders', { 'If-Match' => $_ },
    order(['A' => 1], 'u-match')->{body})) for '*', '"x"', 'W/"x"';
is(stock('GET', 'A')->{json}{sold}, $sold, 'malformed preconditions have sold nothing');
is(ask('POST', '/v1/orders', { 'If-None-Match' => $_ },
    order(['A' => 1], "u-$_" =~ tr/a-zA-Z//cdr)->{body})->{status}, 201,
    "POST of an order with If-None-Match: $_ is done") for '*', '"x"';

my $made = ask('POST', '/v1/orders', {}, order(['A' => 1], 'u-life')->{body});
is($made->{status}, 201, 'an order is placed');
my $order = $made->{headers}{location};
my $placed = $made->{headers}{etag};
like($placed, qr/^"[\x21\x23-\x7e]+"$/, '201 has a strong ETag');
is(ask('GET', $order)->{headers}{etag}, $placed, 'GET of the order has the same ETag');
is(ask('GET', $order, { 'If-None-Match' => "W/$placed" })->{status}, 304,
    'GET of the order with If-None-Match is answered 304');
fails('GET of the order with If-Match of another ETag',
    ask('GET', $order, { 'If-Match' => '"x"' }));

for (['If-Match' => '"x"'], ['If-Match' => "W/$placed"], ['If-None-Match' => '*'],
    ['If-None-Match' => $placed], ['If-Unmodified-Since' => $past])
{
    fails("pay with @$_", ask('POST', "$order/pay", { @$_ }));
    fails("cancel with @$_", ask('POST', "$order/cancel", { @$_ }));
}
is(ask('GET', $order)->{json}{state}, 'placed', 'failed preconditions leave the order as it is');
is_refused('pay with a malformed If-Match', ask('POST', "$order/pay", { 'If-Match' => '7' }), 400,
    'precondition-malformed');
my $paid = ask('POST', "$order/pay", { 'If-Match' => $placed });
is($paid->{status}, 200, 'pay with If-Match of the ETag is done');
isnt($paid->{headers}{etag}, $placed, 'the paid order has another ETag');
is(ask('GET', $order)->{headers}{etag}, $paid->{headers}{etag}, 'GET shows the ETag of the paid order');
is(ask('POST', "$order/pay", { 'If-Match' => $placed })->{status}, 200,
    'pay repeated is answered as before');
fails('cancel with the ETag of before', ask('POST', "$order/cancel", { 'If-Match' => $placed }));
is(ask('GET', $order)->{json}{state}, 'paid', 'the order is still paid');
fails('deliver with the ETag of before', ask('POST', "$order/deliver", { 'If-Match' => $placed }));
is(ask('POST', "$order/deliver", { 'If-Match' => $paid->{headers}{etag},
    'If-Unmodified-Since' => $past })->{status}, 200, 'deliver with If-Match is done');
is_refused('cancel of a delivered order with If-Match',
    ask('POST', "$order/cancel", { 'If-Match' => $placed }), 409, 'wrong-state');

ok(wait_for(sub { ask('GET', $order)->{headers}{'last-modified'} }, 60),
    'GET of an order has Last-Modified a moment after its last event');
my $other = ask('POST', '/v1/orders', {}, order(['A' => 1], 'u-date')->{body})->{headers}{location};
is(ask('POST', "$other/cancel", { 'If-Unmodified-Since' => $future })->{status}, 200,
    'cancel with If-Unmodified-Since in the future is done');

# Not yet published

my $set = ask('PUT', '/slow/stock/S', {}, { total => 5 });
is($set->{status}, 202, 'without Kafka a change of stock is accepted');
is($set->{headers}{etag}, ask('GET', '/slow/stock/S')->{headers}{etag},
    'the ETag of an accepted change is that of the stock');
my $due = ask('POST', '/slow/orders', {}, order(['S' => 1], 'u-1')->{body});
is($due->{status}, 202, 'without Kafka an order is accepted');
my $at = $due->{headers}{location};
is(ask('GET', $at)->{headers}{etag}, $due->{headers}{etag}, 'GET has the ETag of the 202');
isnt($due->{headers}{etag}, $placed, 'an accepted order has another ETag than a published one');
fails('cancel with the ETag of a published order',
    ask('POST', "$at/cancel", { 'If-Match' => $placed }));
is(ask('POST', "$at/cancel", { 'If-Match' => $due->{headers}{etag} })->{status}, 202,
    'cancel with the ETag of the 202 is accepted');

$t->done;
