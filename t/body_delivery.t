# However the body of an order is delivered - in pieces, in chunks, after a 100
# Continue, through a temp file, behind other requests - it makes the same
# record; and a body that does not come whole makes none.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use JSON::PP;
use Socket qw(IPPROTO_TCP SOL_SOCKET SO_LINGER TCP_NODELAY);
use Test::More;
use Trade;
use Trade::Process qw(slurp wait_for);

my $t = Trade->new;
my $redis = $t->redis('a');
my $kafka = $t->kafka;

my $n = $t->nginx(<<'EOF', A => $redis->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_timeout 20s;

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }

        location /small/orders {
            trade_orders stock orders;
            client_body_buffer_size 64;
        }
        location /small/stock {
            trade_stock stock orders;
            client_body_buffer_size 8;
        }
        location /single/orders {
            trade_orders stock orders;
            client_body_in_single_buffer on;
            client_body_buffer_size 1k;
        }
        location /file/orders {
            trade_orders stock orders;
            client_body_in_file_only on;
        }
        location /clean/orders {
            trade_orders stock orders;
            client_body_in_file_only clean;
        }
        location /large/orders {
            trade_orders stock orders;
            trade_body_max 300k;
            client_body_buffer_size 10k;
        }
        location /little/orders {
            trade_orders stock orders;
            trade_body_max 1k;
            client_body_buffer_size 64k;
        }
        location /slow/orders {
            trade_orders stock orders;
            client_body_timeout 300ms;
        }
        location /trade { trade_status; }
        location /ping { return 200; }
        keepalive_requests 1000000;
    }
}
EOF

my $TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
my @PATHS = map { "/$_/orders" } qw(v1 small single file clean);

# A short body, with what is best cut in the middle, and a long one, of almost
# all a body may be, with what looks like chunks

my $short = qq({"buyer_id":"u-1","items":[{"sku":"A-1","quantity":1}],)
    . qq("metadata":{"note":"\\u00e9\\"\xc3\xa9\xf0\x9f\x98\x80", "n": 1.50}});
my $long = qq({"items":[{"sku":"A-1","quantity":2}],"metadata":{"a":[\r\n)
    . join(",\r\n", map { "$_\r\n\r\n,0" } 1 .. 800)
    . join('', map { qq(,"\xe2\x82\xac$_") } 1 .. 600) . qq(]},\r\n"buyer_id":"u-2"});
cmp_ok(length $long, '<', 16384, 'the long body is within the limit');

is($n->put_stock('A-1', total => 1000000)->{status}, 200, 'stock is set');
my @workers = $n->workers;
my $ping = connection($n);

# Each [name, what sends it], for bodies of any length

my @deliveries = (
    ['in one write', sub { send_all($_[0], head($_[1], length $_[2]) . $_[2]) }],
    ['behind its headers', sub { send_all($_[0], head($_[1], length $_[2]), $_[2]) }],
    ['in halves', sub { send_all($_[0], head($_[1], length $_[2]), halves($_[2])) }],
    ['all but a byte', sub { send_all($_[0], head($_[1], length $_[2]) . substr($_[2], 0, -1),
        substr $_[2], -1) }],
    ['one byte, then the rest', sub { send_all($_[0], head($_[1], length $_[2])
        . substr($_[2], 0, 1), substr $_[2], 1) }],
    ['in pieces of 61', sub { send_all($_[0], head($_[1], length $_[2]), pieces($_[2], 61)) }],
    ['by HTTP/1.0', sub { send_all($_[0], head($_[1], length $_[2]) =~ s{HTTP/1.1}{HTTP/1.0}r,
        $_[2]) }],
    ['after 100 Continue', sub {
        send_all($_[0], head($_[1], length $_[2], 'Expect: 100-continue'));
        continued($_[0]);
        send_all($_[0], halves($_[2])) }],
    ['not waiting for 100 Continue', sub {
        send_all($_[0], head($_[1], length $_[2], 'Expect: 100-continue') . $_[2]) }],
    chunked('in one chunk', sub { $_[0] }),
    chunked('in two chunks', \&halves),
    chunked('in chunks of a byte', sub { pieces($_[0], 1) }),
    chunked('in chunks of 61 bytes', sub { pieces($_[0], 61) }),
    chunked('in chunks with extensions', sub { pieces($_[0], 100) }, size => '%x;a=1;b="x;y"'),
    chunked('in chunks with large sizes', sub { pieces($_[0], 173) }, size => '0000000%X'),
    chunked('in chunks with trailers', \&halves,
        end => "0\r\nX-Sum: 1\r\nContent-Length: 3\r\n\r\n"),
    ['in chunks after 100 Continue', sub {
        send_all($_[0], head($_[1], undef, 'Expect: 100-continue'));
        continued($_[0]);
        send_all($_[0], chunks('%x', halves($_[2])), "0\r\n\r\n") }],
    ['each chunk in a write', sub {
        send_all($_[0], head($_[1]), chunks('%x', pieces($_[2], 400)), "0\r\n\r\n") }],
    ['the last chunk later', sub {
        send_all($_[0], join('', head($_[1]), chunks('%x', $_[2])), pieces("0\r\n\r\n", 1)) }],
    ['chunks across writes', sub { send_all($_[0], head($_[1]),
        pieces(join('', chunks('%x', pieces($_[2], 59)), "0\r\n\r\n"), 101)) }],
);

# ... and for short ones

my @bytes = (
    ['byte by byte', sub { send_all($_[0], head($_[1], length $_[2]), pieces($_[2], 1)) }],
    ['headers too', sub { send_all($_[0], pieces(head($_[1], length $_[2]) . $_[2], 1)) }],
    ['chunks byte by byte', sub { send_all($_[0], head($_[1]),
        pieces(join('', chunks('%x', pieces($_[2], 30)), "0\r\nX: y\r\n\r\n"), 1)) }],
);

my %made;       # id of an order => the body it was made of
for my $path (@PATHS) {
    delivered($path, @$_, $short, $long) for @deliveries;
    delivered($path, @$_, $short) for @bytes;
    for my $cut (0 .. length($short) - 1) {
        my $s = connection($n);
        send_all($s, head($path, length $short) . substr($short, 0, $cut), substr $short, $cut);
        my $r = answer($s);
        made($r, $short) or fail("$path cut at $cut: $r->{status}");
    }
}
my $requests = @PATHS * (2 * @deliveries + @bytes + length $short);
is(keys %made, $requests, 'each order has an id of its own');
my @files;
ok(wait_for(sub { (@files = glob "$n->{dir}/client_body/*") == $requests / @PATHS }, 5),
    'client_body_in_file_only is on, and keeps its files, none else');
is(scalar(grep { slurp($_) ne $short && slurp($_) ne $long } @files), 0,
    'the files have the bodies as they were sent');
like($n->error_log, qr/body is buffered to a temporary file.*POST $_/, "$_ uses temp files too")
    for '/small/orders', '/single/orders';

# A long one

my $large = $short =~ s/1\.50/'1.50, "more":"' . '0123456789abcdef' x 16000 . '"'/er;
delivered('/large/orders', @$_, $large)
    for grep { $_->[0] =~ /^in halves|HTTP|^after|one chunk|each chunk/ } @deliveries;

# Changes of stock are read in the same way

my $total = 1000;
for (@deliveries, @bytes) {
    my ($name, $deliver) = @$_;
    my $s = connection($n);
    $total++;
    my $put = '{"total": ' . $total . ', "opens_at": null}';
    $deliver->($s, 'PUT /small/stock/A-2', $put);
    my $r = answer($s);
    is("$r->{status} $r->{json}{total}", "200 $total", "stock: $name");
}

# Several requests in one write

my @stream = (
    [head('/v1/orders', length $short) . $short, 201, $short],
    [join('', head('/small/orders'), chunks('%x', pieces($long, 1000)), "0\r\nX: y\r\n\r\n"),
        201, $long],
    ["GET /v1/stock/A-2 HTTP/1.1\r\nHost: shop\r\n\r\n", 200],
    [head('/file/orders', length $long) . $long, 201, $long],
    [head('/v1/orders', 2) . '{}', 422],
    [head('/clean/orders', length $short) . $short, 201, $short],
    [head('/v1/orders', 20000) . ' ' x 20000, 413],
    [join('', head('/v1/orders'), chunks('%x', ' ' x 20000), "0\r\n\r\n"), 413],
    [head('/single/orders', length $short) . $short, 201, $short],
    [head('/v1/orders', 0), 400],
    ["GET /v1/stock/A-2 HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nhello", 200],
    [head('/v1/orders', 3) . '{x}', 400],
    [head('/v1/orders', length $short, 'Expect: 100-continue') . $short, 201, $short],
);
my $stream = join '', map { $_->[0] } @stream;
for (['in one write', $stream], ['in pieces of 97', pieces($stream, 97)],
    ['in pieces of 4099', pieces($stream, 4099)])
{
    my ($name, @pieces) = @$_;
    my $s = connection($n);
    send_all($s, @pieces);
    my @r = answers($s, scalar @stream);
    is("@{[map { $_->{status} } @r]}", "@{[map { $_->[1] } @stream]}",
        "requests behind each other, $name: answered in order");
    my @bad = grep { $stream[$_][2] && !made($r[$_], $stream[$_][2]) } 0 .. $#stream;
    is("@bad", '', "$name: each order is answered with an id of its own");
}
my $s = connection($n);
send_all($s, join '', map { my $buyer = $_; my $body = $short =~ s/u-1/p-$buyer/r;
    head('/v1/orders', length $body) . $body } 1 .. 100);
my @r = answers($s, 100);
made($_, $short =~ s/u-1/$_->{json}{buyer_id}/r) for @r;
is("@{[map { $_->{json}{buyer_id} } @r]}", "@{[map { qq(p-$_) } 1 .. 100]}",
    '100 orders in one write are answered in order');
$s = connection($n);
send_all($s, head('/v1/orders', length $short) . $short . "}\r\n\r\n");
@r = answers($s, 2);
is("@{[map { $_->{status} } @r]}", '201 400', 'bytes behind a body are another request');
made($r[0], $short);

# The limit

for my $path (@PATHS, '/little/orders') {
    my $max = $path eq '/little/orders' ? 1024 : 16384;
    my $limit = $short . ' ' x ($max - length $short);
    delivered($path, "$_->[0], $max bytes", $_->[1], $limit) for @deliveries;
    for (grep { $_->[0] !~ /100 Continue/ } @deliveries) {
        my ($name, $deliver) = @$_;
        my $s = connection($n);
        $deliver->($s, $path, "$limit ");
        too_long($s, "$path $name, a byte more");
    }
    for (['asked for', 'Expect: 100-continue'], ['sent']) {
        my ($name, @header) = @$_;
        my $s = connection($n);
        send_all($s, head($path, 900000, @header));
        too_long($s, "$path before any of it is $name");
    }
}
for (['by its length', head('/v1/orders', 2000000)],
    ['in chunks', head('/v1/orders'), chunks('%x', ' ' x 2000000)])
{
    my ($name, @pieces) = @$_;
    my $s = connection($n);
    syswrite $s, $_ for @pieces;
    is(answer($s)->{status}, 413, "too much for nginx itself, $name");
}

# Bodies that are no body, or none of an order

for my $path (@PATHS) {
    for (['length 0', head($path, 0)], ['no length', head($path) =~ s/Transfer.*\n//r],
        ['no chunk', head($path) . "0\r\n\r\n"])
    {
        my ($name, $bytes) = @$_;
        my $s = connection($n);
        send_all($s, $bytes);
        my $r = answer($s);
        is("$r->{status} " . ($r->{json}{type} // ''), '400 urn:trade-gateway:problem:bad-json',
            "$path $name");
    }
}

my ($half) = halves($short);
for (
    ['a size that is none', 400, head('/v1/orders') . "x\r\n$short\r\n0\r\n\r\n"],
    ['a second size that is none', 400, head('/v1/orders'), chunks('%x', $half), "-1\r\n"],
    ['a size of 128 bits', 400, head('/v1/orders') . 'f' x 32 . "\r\n$short\r\n0\r\n\r\n"],
    ['a chunk longer than its size', 400, head('/v1/orders') . "2\r\n$short\r\n0\r\n\r\n"],
    ['a length that is none', 400, head('/v1/orders', '1x') . $short],
    ['a length below 0', 400, head('/v1/orders', -1) . $short],
    ['a length of 128 bits', 400, head('/v1/orders', '9' x 38) . $short],
    ['a length and chunks', 400, head('/v1/orders', length $short, 'Transfer-Encoding: chunked')
        . join '', chunks('%x', $short), "0\r\n\r\n"],
    ['another encoding', 501, head('/v1/orders') =~ s/chunked/gzip/r . $short],
    ['a rest that does not come', 'no answer', head('/slow/orders', length $short), $half],
    ['chunks that do not come', 'no answer', head('/slow/orders'), chunks('%x', $half)],
    ['nothing', 'no answer', head('/slow/orders', length $short, 'Expect: 100-continue')],
) {
    my ($name, $status, @pieces) = @$_;
    my $s = connection($n);
    send_all($s, @pieces);
    is(answer($s)->{status}, $status, "$name: $status");
}

is(scalar(() = $n->access_log =~ m{/slow/orders HTTP/1.1" 408 }g), 3,
    'a body that does not come in time is 408 in the access log');

# Clients that go before all of it is there

@files = glob "$n->{dir}/client_body/*";
my $gone = 0;
for my $path (grep { !/file/ } @PATHS, '/large/orders') {
    for my $body ($short, $long) {
        for my $pieces (
            [head($path, length $body)],
            [head($path, length $body), (halves($body))[0]],
            [head($path, length $body) . substr $body, 0, -1],
            [head($path, length $body, 'Expect: 100-continue')],
            [head($path), (chunks('%x', $body))[0] =~ s/.{9}$//sr],
            [head($path), chunks('%x', $body)],
            [head($path), chunks('%x', $body), "0\r\n"],
        ) {
            for my $how ('FIN', 'RST') {
                my $s = connection($n);
                send_all($s, @$pieces);
                setsockopt $s, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0 if $how eq 'RST';
                close $s;
                $gone++;
            }
        }
    }
}
my $status;
ok(wait_for(sub { $status = $n->status; !$status->{in_flight} && !$status->{pending} }, 10),
    "$gone clients that go in the body leave nothing in flight");
ok(wait_for(sub { "@{[glob qq($n->{dir}/client_body/*)]}" eq "@files" }, 5),
    'clients that go in the body leave no temporary file');
is_deeply([$n->workers], \@workers, 'the worker is the same all the time');

# The orders that have come of it

my (%records, %strange);
for my $record ($kafka->orders($t->topic)) {
    utf8::encode($record->{payload});
    my $body = $made{ delete $record->{key} } // $strange{ $record->{payload} }++ // next;
    my %headers = %{ $record->{headers} };
    delete @headers{qw(ce_id ce_subject ce_time trade_versions)};
    my ($metadata) = $record->{payload} =~ /("metadata":.*)\}$/s;
    $strange{"metadata of $record->{payload}"}++ if index($body, $metadata) < 0;
    my $payload = $record->{payload} =~ s/"(order_id|created_at)":"[^"]+"/$1/gr;
    $records{$body}{ join "\n", $payload, map { "$_=$headers{$_}" } sort keys %headers }++;
}
is(join("\n", keys %strange), '', 'the topic has the orders that were answered, metadata as sent');
is_deeply([map { values %$_ } @records{ sort keys %records }],
    [map { my $body = $_; scalar grep { $_ eq $body } values %made } sort keys %records],
    'however it was delivered, a body makes the same record, once');
is($n->stock('A-1')->{sold}, sum(map { /"quantity":(\d)/ } values %made),
    'the stock counts the orders that were placed');

$t->done;

# A connection that sends at once what is written.
sub connection {
    my ($nginx) = @_;
    my $s = $nginx->connect;
    setsockopt $s, IPPROTO_TCP, TCP_NODELAY, 1;
    return $s;
}

# The headers of a POST to a path, or of "METHOD path"; without a length, for
# chunks.
sub head {
    my ($to, $length, @headers) = @_;
    $to = "POST $to" if $to !~ / /;
    return join "\r\n", "$to HTTP/1.1", 'Host: shop', 'Content-Type: application/json',
        "traceparent: $TRACE", 'tracestate: shop=1',
        defined $length ? "Content-Length: $length" : 'Transfer-Encoding: chunked',
        @headers, '', '';
}

sub pieces { my ($bytes, $size) = @_; return unpack "(a$size)*", $bytes }
sub halves { my ($bytes) = @_; return pieces($bytes, int((1 + length $bytes) / 2)) }

# Chunks, their sizes written so.
sub chunks {
    my ($size, @pieces) = @_;
    return map { sprintf("$size\r\n", length) . "$_\r\n" } @pieces;
}

# A delivery in chunks, in one write.
sub chunked {
    my ($name, $cut, %o) = @_;
    return [$name, sub {
        my ($s, $to, $body) = @_;
        send_all($s, join '', head($to), chunks($o{size} // '%x', $cut->($body)),
            $o{end} // "0\r\n\r\n");
    }];
}

# Writes each piece when nginx has read the one before: its one worker takes
# events as they come, so it has when it answers what comes later.
sub send_all {
    my ($s, @pieces) = @_;
    while (defined(my $piece = shift @pieces)) {
        while (length $piece) {
            my $written = syswrite($s, $piece) // return;
            substr $piece, 0, $written, '';
        }
        for (@pieces ? (1, 2) : ()) {       # at first it accepts
            syswrite $ping, "GET /ping HTTP/1.1\r\nHost: shop\r\n\r\n";
            answers($ping, 1);
        }
    }
}

# Reads so many answers; less, if nginx closes or is silent for long.
sub answers {
    my ($s, $count) = @_;
    my ($in, @answers) = ('');
    my $select = IO::Select->new($s);
    for (;;) {
        $in =~ s{\AHTTP/1\.1 1\d\d .*?\r\n\r\n}{}s;
        while (@answers < $count && $in =~ m{\AHTTP/1\.1 (\d{3}).*?\r\n(.*?)\r\n\r\n}s) {
            my ($status, $headers, $start) = ($1, $2, $+[0]);
            my ($length) = $headers =~ /^Content-Length: (\d+)/mi;
            last if length $in < $start + $length;
            my $body = substr $in, $start, $length;
            push @answers, { status => $status, headers => $headers, body => $body,
                json => scalar eval { decode_json($body) } };
            $in = substr $in, $start + $length;
            $in =~ s{\AHTTP/1\.1 1\d\d .*?\r\n\r\n}{}s;
        }
        return @answers if @answers == $count || !$select->can_read(10);
        sysread($s, $in, 65536, length $in) or return @answers;
    }
}

sub answer { my ($s) = @_; return (answers($s, 1))[0] // { status => 'no answer' } }

# Waits for nginx to ask for the body.
sub continued {
    my ($s) = @_;
    my $in = '';
    while ($in !~ /\r\n\r\n/) {
        IO::Select->new($s)->can_read(10) && sysread $s, $in, 1, length $in or last;
    }
    $in eq "HTTP/1.1 100 Continue\r\n\r\n" or fail("100 Continue: $in");
}

# Remembers an order that was made of a body.
sub made {
    my ($answer, $body) = @_;
    return if $answer->{status} ne '201';
    $made{ $answer->{json}{order_id} } = $body;
}

# Delivers each body, and expects an order.
sub delivered {
    my ($path, $name, $deliver, @bodies) = @_;
    my @bad = map {
        my $s = connection($n);
        $deliver->($s, $path, $_);
        my $r = answer($s);
        made($r, $_) ? () : "$r->{status} " . ($r->{body} // '');
    } @bodies;
    is("@bad", '', "$path $name");
}

sub too_long {
    my ($s, $name) = @_;
    my $r = answer($s);
    my ($type) = ($r->{headers} // '') =~ /^Content-Type: (\S+)\r?$/mi;
    is(join(' ', $r->{status}, $type // '', $r->{json}{type} // ''),
        '413 application/problem+json urn:trade-gateway:problem:body-too-long', $name);
}

sub sum { my $sum = 0; $sum += $_ for @_; return $sum }
