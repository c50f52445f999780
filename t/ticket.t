# Where trade_ticket is on, an order needs a ticket: signed, in time, for its SKU
# and its buyer.  A refusal does not wait for the body; a ticket gives one order;
# keys change by a reload; the gateway and examples/ticket.py issue tickets.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256);
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(encode_json);
use MIME::Base64 qw(encode_base64 encode_base64url);
use Test::More;
use Trade;
use Trade::Load qw(load);
use Trade::Process qw(spew wait_for);

my $t = Trade->new;
my $redis = $t->redis('a');
my $kafka = $t->kafka;

my %secrets = (k1 => join('', map { chr } 0 .. 31), k2 => 'x' x 64, k3 => 'y' x 32);

my $n = $t->nginx(<<'EOF', A => $redis->address, KAFKA => $kafka->address);
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_timeout 20s;
    limit_req_zone $http_x_client zone=clients:1m rate=1r/m;
    limit_conn_zone $http_x_client zone=connections:1m;

    server {
        listen 127.0.0.1:%%PORT%%;
        trade_ticket keys=keys;
        location /v1/orders { trade_orders stock orders; }
        location /required/orders { trade_orders stock orders; trade_key_required on; }
        location /free/orders { trade_orders stock orders; trade_ticket off; }
        location /own/orders { trade_orders stock orders; trade_buyer $http_x_buyer; }
        location /slow/orders {
            trade_orders stock orders;
            limit_req zone=clients;
            limit_req_status 429;
        }
        location /one/orders {
            trade_orders stock orders;
            limit_conn connections 1;
            limit_conn_status 429;
        }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }

        location = /ticket { internal; trade_ticket_issue ttl=60s keys=keys; }
        location /issue { rewrite ^ /ticket last; }
        location /own/ticket { trade_ticket_issue keys=keys ttl=12h; trade_buyer $http_x_buyer; }
    }
}
EOF

write_keys('k1');
$n->start;

sub write_keys {
    spew("$n->{dir}/keys", join '', map { "$_ " . unpack('H*', $secrets{$_}) . "\n" } @_);
    chmod 0600, "$n->{dir}/keys" or die $!;
}

# A ticket, of the fields that are given; it is valid for ten minutes.
my $nonces = 0;
sub ticket {
    my (%f) = @_;
    my $key = $f{key} // 'k1';
    my $text = join '.', 1, $f{id} // $key, $f{expires} // time + ($f{ttl} // 600),
        (map { encode_base64url($_) } $f{sku} // 'A-1', $f{buyer} // 'u-1'),
        $f{nonce} // 'n-' . ++$nonces;
    return "$text." . encode_base64url(hmac_sha256($text, $secrets{$key}));
}

sub body {
    my ($sku, $buyer, @more) = @_;
    return { defined $buyer ? (buyer_id => $buyer) : (),
        items => [map { { sku => $_, quantity => 1 } } $sku // 'A-1', @more] };
}

# The answer to an order with a ticket, or without one.
sub place {
    my ($ticket, $body, %h) = @_;
    my $path = delete $h{path} // '/v1/orders';
    my ($r) = load($n, 1, { method => 'POST', path => $path, body => $body // body(),
        headers => { 'Trade-Ticket' => $ticket, %h } });
    return $r;
}

sub is_placed {
    my ($name, $r, $buyer) = @_;
    is($r->{status}, 201, "$name is placed") or diag $r->{body};
    is($r->{json}{buyer_id}, $buyer // 'u-1', "$name is that of its buyer");
    return $r->{json}{order_id} // '';
}

sub is_problem {
    my ($name, $r, $status, $problem, $detail) = @_;
    my $j = $r->{json} // {};
    is(join('|', $r->{status}, $r->{headers}{'content-type'} // '', ($j->{type} // '') =~ s/.*://r,
            $j->{outcome} // '', $r->{headers}{'cache-control'} // ''),
        "$status|application/problem+json|$problem|none|no-store", "$name: $status $problem")
        or diag $r->{body};
    like($j->{detail} // '', $detail, "$name: the answer says why") if $detail;
}

is($n->put_stock($_, total => 1000)->{status}, 200, "stock of $_ is set without a ticket")
    for 'A-1', 'B-1', 'say "hi"';
is($n->put_stock('LAST', total => 1)->{status}, 200, 'stock of one unit is set');
my $before = $n->status->{answers};

# Valid tickets.

my $first = ticket();
my $id = is_placed('an order with a ticket', place($first));
is($n->get("/v1/orders/$id")->{status}, 200, 'GET of an order needs no ticket');
is($n->request('POST', "/v1/orders/$id/cancel")->{status}, 200, 'cancelling an order needs no ticket');

$first = ticket();
$id = is_placed('an order with a second ticket', place($first));
my $again = place($first);
is($again->{status}, 201, 'the same ticket is answered with 201 again');
is($again->{json}{order_id}, $id, 'the same ticket gives the same order');
is($again->{headers}{'idempotent-replayed'}, 'true', 'the same ticket is a replay');
is_problem('another quantity with the same ticket',
    place($first, { items => [{ sku => 'A-1', quantity => 2 }] }), 422, 'idempotency-key-reused');
isnt(is_placed('an order with a third ticket', place(ticket())), $id,
    'another ticket gives another order');

is_placed('an order that names the buyer of its ticket', place(ticket(), body('A-1', 'u-1')));
is_placed('an order that names the SKU twice', place(ticket(), body('A-1', undef, 'A-1')));
my $long = 'b' x 255;
is_placed('an order with names of any kind', place(ticket(sku => 'say "hi"', buyer => $long),
    body('say "hi"')), $long);
is_placed('an order where a key is required', place(ticket(), undef, path => '/required/orders'));
is_placed('an order of a buyer who is known', place(ticket(buyer => 'u-2'), undef,
    path => '/own/orders', 'X-Buyer' => 'u-2'), 'u-2');

is_placed('the last unit', place($first = ticket(sku => 'LAST'), body('LAST')));
is_problem('an order of what is sold out', place(ticket(sku => 'LAST'), body('LAST')), 409, 'sold-out');
is(place($first, body('LAST'))->{status}, 201, 'a ticket gives its order when all is sold');

my $same = ticket(nonce => 'same');
my %found = map { ($_->{json}{order_id} // $_->{body}) => 1 }
    load($n, 16, map { { method => 'POST', path => '/v1/orders', body => body(),
        headers => { 'Trade-Ticket' => $same } } } 1 .. 200);
is(scalar keys %found, 1, 'a ticket that is used 200 times at once gives one order')
    or diag explain \%found;

# The nonce is the key.

$first = ticket(nonce => 'the-key');
$id = is_placed('an order whose Idempotency-Key is the nonce',
    place($first, undef, 'Idempotency-Key' => '"the-key"'));
is(place($first)->{json}{order_id}, $id, 'an Idempotency-Key beside a ticket may be left out');
is(place(undef, body('A-1', 'u-1'), path => '/free/orders',
    'Idempotency-Key' => 'the-key')->{json}{order_id}, $id,
    'a location without trade_ticket finds the order under its nonce');
is(place(ticket(nonce => 'the-key', ttl => 700))->{json}{order_id}, $id,
    'a new ticket with the same nonce gives the same order');
isnt(is_placed('an order of another buyer with the same nonce',
    place(ticket(nonce => 'the-key', buyer => 'u-9')), 'u-9'), $id,
    'a nonce belongs to one buyer');
is_problem('another Idempotency-Key', place(ticket(), undef, 'Idempotency-Key' => 'k'),
    400, 'idempotency-key-not-nonce');
is_problem('a malformed Idempotency-Key', place(ticket(), undef, 'Idempotency-Key' => 'a b'),
    400, 'idempotency-key-malformed');
is_problem('two keys', place(ticket(), undef, 'Idempotency-Key' => ['a', 'a']),
    400, 'idempotency-key-malformed');

# Refusals.

is_problem('no ticket', place(undef), 403, 'ticket-required');
is_problem('no ticket, but a key', place(undef, undef, 'Idempotency-Key' => 'k'), 403, 'ticket-required');
is_problem('an empty ticket', place(''), 403, 'ticket-malformed', qr/^the ticket has not seven fields/);
is_problem('a token of another kind', place('Bearer x'), 403, 'ticket-malformed');
is_problem('two tickets', place([ticket(), ticket()]), 403, 'ticket-malformed',
    qr/^the request has 2 headers Trade-Ticket$/);
is_problem('a ticket of version 2', place(ticket() =~ s/^1/2/r), 403, 'ticket-malformed',
    qr/^the ticket is not of version 1$/);
is_problem('a ticket that expires in 13 hours', place(ticket(ttl => 13 * 3600)), 403,
    'ticket-malformed', qr/^the ticket expires more than 12 hours ahead$/);
is_problem('a ticket of a long nonce', place(ticket(nonce => 'n' x 65)), 403, 'ticket-malformed');
is_problem('a ticket that is long', place('x' x 5000), 403, 'ticket-malformed');

is_problem('a ticket with another MAC', place(ticket() =~ s/.(?=.$)/$& eq 'A' ? 'E' : 'A'/er), 403,
    'ticket-invalid');
is_problem('a ticket with another time', place(ticket() =~ s/^(1\.k1\.\d+)\d\./$1./r), 403, 'ticket-invalid');
is_problem('a ticket with another SKU', place(ticket(sku => 'B-1') =~
    s/@{[encode_base64url('B-1')]}/@{[encode_base64url('A-1')]}/r), 403, 'ticket-invalid');
is_problem('a ticket by a key that is not known', place(ticket(key => 'k2')), 403, 'ticket-invalid');
is_problem('a ticket by a secret that is not known', place(ticket(key => 'k2', id => 'k1')), 403,
    'ticket-invalid');

is_problem('a ticket whose time is over', place(ticket(ttl => -1)), 403, 'ticket-expired');
is_problem('a ticket whose time is long over', place(ticket(expires => 1)), 403, 'ticket-expired');

my ($sku, $buyer) = (qr/another SKU than the ticket$/, qr/another buyer than the ticket$/);
for (['an order of another SKU', place(ticket(), body('B-1')), $sku],
    ['an order of the SKU and another one', place(ticket(), body('A-1', undef, 'B-1')), $sku],
    ['an order of another buyer', place(ticket(), body('A-1', 'u-2')), $buyer],
    ['an order of another buyer who is known', place(ticket(), undef, path => '/own/orders',
        'X-Buyer' => 'u-2'), $buyer])
{
    is_problem($_->[0], $_->[1], 403, 'ticket-foreign', $_->[2]);
}
is_problem('an order of nobody, where buyers are known',
    place(ticket(), undef, path => '/own/orders'), 403, 'buyer-required');

my $answers = $n->status->{answers};
is_deeply({ map { my $name = $_; $name => ($answers->{$name} // 0) - ($before->{$name} // 0) }
        map { "ticket-$_" } qw(required malformed invalid expired foreign) },
    { 'ticket-required' => 2, 'ticket-malformed' => 7, 'ticket-invalid' => 5,
        'ticket-expired' => 2, 'ticket-foreign' => 4 }, 'trade_status counts the refusals');

# The ticket comes before the body.

is_problem('a body that is no JSON, with a wrong ticket', place(ticket(key => 'k2'), 'x'), 403,
    'ticket-invalid');
is_problem('a body of another type, with a wrong ticket', place(ticket(key => 'k2'), 'x',
    'Content-Type' => 'text/plain'), 403, 'ticket-invalid');
is_problem('a body that is no JSON, with a ticket', place(ticket(), 'x'), 400, 'bad-json');

for (['a body that never comes', '', ''], ['a body that is sent by half', '', '{"items":'],
    ['a body that waits for "100 Continue"', "Expect: 100-continue\r\n", ''])
{
    my ($name, $header, $sent) = @$_;
    my $s = $n->connect;
    print $s "POST /v1/orders HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
        . "Content-Length: 100\r\nTrade-Ticket: " . ticket(key => 'k2') . "\r\n$header\r\n$sent";
    like(answer($s), qr{ 403 .*ticket-invalid}s, "$name: a wrong ticket is refused before it");
}

# All that a server sends until there is a problem document, or it closes.
sub answer {
    my ($s) = @_;
    my ($text, $end) = ('', time + 60);
    while ($text !~ /"outcome":/ && time < $end) {
        my $in = '';
        vec($in, fileno $s, 1) = 1;
        next if !select $in, undef, undef, 1;
        last if !sysread $s, $text, 4096, length $text;
    }
    return $text;
}

# Beside nginx's own limits.

my %slow = (path => '/slow/orders', 'X-Client' => 'c-1');
is_placed('the first order of a client', place(ticket(), undef, %slow));
is(place(ticket(), undef, %slow)->{status}, 429, 'limit_req refuses the next order of that client');
$slow{'X-Client'} = 'c-2';
is_problem('the first order of another client, without a ticket', place(undef, undef, %slow),
    403, 'ticket-required');
is(place(ticket(), undef, %slow)->{status}, 429, 'limit_req counts an order without a ticket');

my %one = (path => '/one/orders', 'X-Client' => 'c-3');
$redis->signal('STOP');
my $waits = $n->connect;
my $order = encode_json(body());
print $waits join "\r\n", 'POST /one/orders HTTP/1.0', 'Content-Type: application/json',
    'X-Client: c-3', 'Trade-Ticket: ' . ticket(), 'Content-Length: ' . length $order, '', $order;
ok(wait_for(sub { $n->status->{in_flight} }, 60), 'an order with a ticket waits for Redis');
is(place(ticket(), undef, %one)->{status}, 429, 'limit_conn refuses the next order of that client');
is_problem('an order of another client, without a ticket', place(undef, undef, %one, 'X-Client' => 'c-4'),
    403, 'ticket-required');
$redis->signal('CONT');
like(do { local $/; <$waits> }, qr/^\S+ 201 /, 'the order that waited is placed');
ok(wait_for(sub { place(ticket(), undef, %one)->{status} == 201 }, 60),
    'limit_conn lets the next order through when the first is answered');

# Python.

sub python {
    my ($file, @args) = @_;
    open my $out, '-|', 'python3', "$Trade::root/examples/ticket.py", "$n->{dir}/$file", @args or die $!;
    return do { local $/; <$out> } =~ s/\n\z//r;
}

$id = is_placed('an order with a ticket of ticket.py', place(python('keys', 'A-1', 'u-py')), 'u-py');
isnt(is_placed('an order with another ticket of ticket.py', place(python('keys', 'A-1', 'u-py')), 'u-py'),
    $id, 'ticket.py makes a new nonce for each ticket');
$id = is_placed('an order with a nonce for ticket.py',
    place(python('keys', 'say "hi"', 'u-py', 600, 'mine'), body('say "hi"')), 'u-py');
is(place(python('keys', 'say "hi"', 'u-py', 700, 'mine'), body('say "hi"'))->{json}{order_id}, $id,
    'ticket.py issues a second ticket for the same order');
is_problem('a ticket of ticket.py whose time is over', place(python('keys', 'A-1', 'u-py', -1)), 403,
    'ticket-expired');
for my $text (encode_base64($secrets{k1}, ''), encode_base64url($secrets{k1}),
    uc unpack 'H*', $secrets{k1})
{
    spew("$n->{dir}/other", "# a comment\n\n k1\t$text \n");
    is_placed("an order with a ticket of ticket.py by the secret $text",
        place(python('other', 'A-1', 'u-py')), 'u-py');
}

# The gateway.

sub issued {
    my ($r) = @_;
    is($r->{status}, 200, 'a ticket is issued') or diag $r->{body};
    is($r->{headers}{'cache-control'}, 'no-store', 'a ticket is not stored');
    is(join(' ', sort keys %{ $r->{json} }), 'expires_at ticket', 'a ticket comes with its time');
    return $r->{json}{ticket};
}

is($n->get('/ticket?sku=A-1&buyer=u-1')->{status}, 404, 'an internal location issues no ticket to a client');
$id = is_placed('an order with a ticket of the gateway', place(issued($n->get('/issue?sku=A-1&buyer=u-1'))));
isnt(is_placed('an order with another ticket of the gateway',
    place(issued($n->get('/issue?sku=A-1&buyer=u-1')))), $id, 'the gateway makes a new nonce for each ticket');
is(place($_)->{json}{order_id}, place($_)->{json}{order_id}, 'a ticket of the gateway gives one order')
    for issued($n->get('/issue?buyer=u-1&sku=A-1'));
is_placed('an order with names of any kind, by a ticket of the gateway',
    place(issued($n->get("/issue?sku=say+%22hi%22&buyer=$long")), body('say "hi"')), $long);
is(place(issued($n->get('/issue?sku=A-1&buyer=u-1&nonce=the-key')))->{json}{order_id},
    place(undef, body('A-1', 'u-1'), path => '/free/orders', 'Idempotency-Key' => 'the-key')->{json}{order_id},
    'a ticket of the gateway has the nonce that is asked for');
is_placed('an order with a ticket of a buyer who is known',
    place(issued($n->get('/own/ticket?sku=A-1', { 'X-Buyer' => 'u-5' }))), 'u-5');
like(issued($n->get('/own/ticket?sku=A-1&buyer=u-5', { 'X-Buyer' => 'u-5' })), qr/^1\.k1\./,
    'a buyer who is known may be named');

for (['', qr/"sku" is missing/], ['sku=A-1', qr/"buyer" is missing/],
    ['sku=&buyer=u', qr/"sku" is empty/], ['sku=A&buyer=%0A', qr/"buyer" has a control character/],
    ['sku=A&sku=B&buyer=u', qr/"sku" stands there twice/], ['sku=%4&buyer=u', qr/"sku" has a percent sign/],
    ['sku=A&buyer=' . 'b' x 256, qr/"buyer" is longer than 255 bytes/],
    ['sku=A&buyer=u&nonce=', qr/"nonce" is not 1 to 64/], ['sku=A&buyer=u&nonce=a.b', qr/"nonce" is not 1 to 64/],
    ['sku=A&buyer=u&nonce=a&nonce=b', qr/"nonce" stands there twice/])
{
    is_problem("a ticket for ?$_->[0]", $n->get("/issue?$_->[0]"), 400, 'bad-uri', qr/^the argument $_->[1]/);
}
is_problem('a ticket for nobody', $n->get('/own/ticket?sku=A-1'), 403, 'buyer-required');
is_problem('a ticket for a malformed buyer', $n->get('/own/ticket?sku=A-1', { 'X-Buyer' => 'b' x 256 }), 403,
    'buyer-malformed');
is_problem('a ticket for another buyer', $n->get('/own/ticket?sku=A-1&buyer=u-6', { 'X-Buyer' => 'u-5' }), 400,
    'bad-uri', qr/^the argument "buyer" is not the buyer who asks$/);
my $posted = $n->request('POST', '/issue?sku=A-1&buyer=u-1', undef, 'x');
is_problem('a ticket by POST', $posted, 405, 'method-not-allowed');
is($posted->{headers}{allow}, 'GET, HEAD', 'a ticket by POST: the answer names the methods');
is($n->request('HEAD', '/issue?sku=A-1&buyer=u-1')->{status}, 200, 'HEAD of a ticket is 200');

# Keys change by a reload.

my $old = ticket(key => 'k1');
reload('k2', 'k1');
is_placed('after a rotation, an order by the new key', place(ticket(key => 'k2')));
is_placed('after a rotation, an order by the old key', place($old));
like(issued($n->get('/issue?sku=A-1&buyer=u-1')), qr/^1\.k2\./, 'the gateway signs with the first key');
like(python('keys', 'A-1', 'u-1'), qr/^1\.k2\./, 'ticket.py signs with the first key');

reload('k2', 'k3');
is_problem('a ticket by a key that was taken away', place($old), 403, 'ticket-invalid');
is_placed('an order by the second of the new keys', place(ticket(key => 'k3')));

# Reloads with these keys, and waits until the old workers are gone.
sub reload {
    my @workers = $n->workers;
    write_keys(@_);
    $n->signal('HUP');
    ok(wait_for(sub { !(grep { kill 0, $_ } @workers) && $n->status->{workers} == 2 }, 10),
        "nginx reloads with the keys @_");
}

$t->done;
