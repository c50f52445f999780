# Stock is set, raised and lowered, shown, limited and published: each outcome of
# GET, PUT and PATCH, and for each change one event in the topic.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(free_port);

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
    trade_timeout %%TIMEOUT%%;

    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my $n = $t->nginx($conf, %vars, KAFKA => $kafka->address, TIMEOUT => '20s')->start;
my $dead = $t->nginx($conf, %vars, KAFKA => '127.0.0.1:' . free_port(),
    TIMEOUT => '200ms')->start;

my $max = 1000000000000;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my %changes;        # SKU => what was answered, as its events must have it
my %version;        # SKU => the version of its slot

sub put { my ($sku, $body) = @_; return call('PUT', $sku, $body) }
sub patch { my ($sku, $delta, $key) = @_; return call('PATCH', $sku, { delta => $delta }, $key) }
sub call {
    my ($method, $sku, $body, $key) = @_;
    return { method => $method, path => "/v1/stock/$sku", body => $body,
        headers => { 'Idempotency-Key' => $key } };
}
sub ask { return (load($n, 1, @_))[0] }
sub key { my ($sku, $kind) = @_; return 'trade:{s' . crc32($sku) % 4096 . "}:$kind" }

# A change is made; the stock has these values then.
sub changed {
    my ($name, $request, %want) = @_;
    my $r = ask($request);
    my ($sku) = $request->{path} =~ m{([^/]+)$};
    is($r->{status}, 200, "$name: 200") or diag $r->{body};
    is($r->{headers}{'content-type'}, 'application/json', "$name: JSON");
    is($r->{headers}{'idempotent-replayed'}, undef, "$name: no replay");
    my %got = %{ $r->{json} };
    push @{ $changes{$sku} }, $r->{json};
    is_deeply([delete @got{qw(change_id published)}], [$r->{json}{change_id}, $true],
        "$name: the change is in Kafka");
    is_deeply(\%got, shown($sku, version => ++$version{$sku}, %want), "$name: the stock");
    is_deeply($n->stock($sku), \%got, "$name: GET shows the same");
    return $r;
}

sub shown {
    my ($sku, %want) = @_;
    return { sku => $sku, held => 0, sold => 0, limit => undef, opens_at => undef,
        closes_at => undef, available => $want{total}, %want };
}

# A change is refused, and nothing has changed.
sub refused {
    my ($name, $request, $status, $problem, $pointers) = @_;
    my $before = redis_has();
    my $r = ask($request);
    my $j = $r->{json} // {};
    is(join('|', $r->{status}, $r->{headers}{'content-type'}, ($j->{type} // '') =~ s/.*://r,
            $j->{outcome} // '', join ' ', map { $_->{pointer} } @{ $j->{errors} || [] }),
        join('|', $status, 'application/problem+json', $problem, 'none', $pointers // ''),
        "$name: $status $problem") or diag $r->{body};
    is_deeply(redis_has(), $before, "$name: the change has no effect");
    return $r;
}

# Each key and a digest of its value, but what is due: that is acked a moment
# after the answer.
sub redis_has {
    return [map { @{ $_->cmd('EVAL', <<'EOF', 0) } } @shards];
local held = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  if not string.find(key, ':due$') then
    held[#held + 1] = key .. ' ' .. redis.sha1hex(redis.call('DUMP', key))
  end
end
table.sort(held)
return held
EOF
}

# Set, raised, lowered.

refused('GET of unknown stock', call('GET', 'A-1'), 404, 'unknown-sku');
refused('PATCH of unknown stock', patch('A-1', 1, 'k'), 404, 'unknown-sku');
changed('set', put('A-1', { total => 10 }), total => 10);
changed('set to the same', put('A-1', { total => 10 }), total => 10);
changed('raised', put('A-1', { total => 12 }), total => 12);
changed('raised by PATCH', patch('A-1', 3, 'k1'), total => 15);
changed('lowered', put('A-1', { total => 11 }), total => 11);
changed('lowered by PATCH', patch('A-1', -1, 'k2'), total => 10);
changed('set to nothing', put('A-2', { total => 0 }), total => 0);
changed('from nothing', patch('A-2', 1, 'k'), total => 1);
changed('to nothing', patch('A-2', -1, 'k-'), total => 0);

# Sold units stay sold.

is(ask(order(['A-1' => 4], 'u-1'))->{status}, 201, 'four of ten are sold');
is($n->stock('A-1')->{version}, ++$version{'A-1'}, 'the sale of four units raises the version');
changed('raised when four are sold', put('A-1', { total => 20 }), total => 20,
    available => 16, sold => 4);
changed('lowered by PATCH when four are sold', patch('A-1', -10, 'k3'), total => 10,
    available => 6, sold => 4);
changed('lowered to what is sold', put('A-1', { total => 4 }), total => 4,
    available => 0, sold => 4);
my $r = refused('below what is sold', put('A-1', { total => 3 }), 409, 'below-sold');
like($r->{json}{detail}, qr/\b4\b/, 'the stock says how many units are sold');
refused('below what is sold, by PATCH', patch('A-1', -1, 'k4'), 409, 'below-sold');
refused('to nothing', put('A-1', { total => 0 }), 409, 'below-sold');
refused('far below', patch('A-1', -$max, 'k5'), 409, 'below-sold');
changed('a key whose change was refused', patch('A-1', 2, 'k4'), total => 6,
    available => 2, sold => 4);

my $held = (grep { $_->cmd('EXISTS', key('A-1', 'slot')) } @shards)[0];
$held->cmd('HSET', key('A-1', 'slot'), 'available|A-1', 1, 'held|A-1', 1);
refused('below what is held and sold', put('A-1', { total => 4 }), 409, 'below-sold');
changed('lowered to what is held and sold', put('A-1', { total => 5 }), total => 5,
    available => 0, held => 1, sold => 4);

# The most there may be.

changed('the most', put('MOST', { total => $max }), total => $max);
refused('more than the most', put('MOST', { total => $max + 1 }), 422, 'invalid-field',
    '/total');
refused('more than the most by PATCH', patch('MOST', 1, 'k'), 409, 'above-max');
changed('one less', patch('MOST', -1, 'k1'), total => $max - 1);
changed('the most by PATCH', patch('MOST', 1, 'k'), total => $max);
changed('none of it', patch('MOST', -$max, 'k2'), total => 0);
refused('a delta of more than the most', patch('MOST', $max + 1, 'k3'), 422,
    'invalid-field', '/delta');
refused('a delta of less', patch('MOST', -$max - 1, 'k3'), 422, 'invalid-field', '/delta');

# Limit and window.

changed('a limit', put('TERMS', { total => 5, limit => 2 }), total => 5, limit => 2);
changed('PATCH keeps it', patch('TERMS', 1, 'k1'), total => 6, limit => 2);
changed('PUT clears it', put('TERMS', { total => 5 }), total => 5);
changed('all terms', put('TERMS', { total => 5, limit => $max,
    opens_at => '2030-01-01T00:00:00Z', closes_at => '2030-01-02T00:00:00Z' }), total => 5,
    limit => $max, opens_at => '2030-01-01T00:00:00.000Z',
    closes_at => '2030-01-02T00:00:00.000Z');
changed('PATCH keeps all', patch('TERMS', 1, 'k2'), total => 6, limit => $max,
    opens_at => '2030-01-01T00:00:00.000Z', closes_at => '2030-01-02T00:00:00.000Z');
changed('null clears', put('TERMS', { total => 5, limit => undef, opens_at => undef,
    closes_at => '2030-01-02T00:00:00Z' }), total => 5, closes_at => '2030-01-02T00:00:00.000Z');
changed('null clears all', put('TERMS', { total => 5, limit => undef, opens_at => undef,
    closes_at => undef }), total => 5);

for (['2030-01-01T02:00:00+02:00' => '2030-01-01T00:00:00.000Z'],
    ['2029-12-31T18:30:00-05:30' => '2030-01-01T00:00:00.000Z'],
    ['2030-01-01T00:00:00.5Z' => '2030-01-01T00:00:00.500Z'],
    ['2030-01-01T00:00:00.123456789Z' => '2030-01-01T00:00:00.123Z'],
    ['2030-01-01t00:00:00z' => '2030-01-01T00:00:00.000Z'],
    ['2030-01-01T00:00:00-00:00' => '2030-01-01T00:00:00.000Z'],
    ['2028-02-29T12:00:00Z' => '2028-02-29T12:00:00.000Z'],
    ['2030-06-30T23:59:60Z' => '2030-06-30T23:59:59.000Z'],
    ['9999-12-31T23:59:59.999Z' => '9999-12-31T23:59:59.999Z'],
    ['1970-01-01T00:00:00Z' => '1970-01-01T00:00:00.000Z'])
{
    my ($sent, $utc) = @$_;
    changed("opens at $sent", put('TERMS', { total => 5, opens_at => $sent }), total => 5,
        opens_at => $utc);
}

# Mistakes in a body.

refused("PUT $_->[0]", put('A-1', $_->[0]), 422, 'invalid-field', $_->[1])
    for ['{}', '/total'], ['{"limit":0}', '/total /limit'],
    map({ [qq({"total":$_}), '/total'] } qw(-1 -0 1.0 1e3 "5" null true [] {} [1] 1e400
        9007199254740993 18446744073709551617 99999999999999999999999)),
    map({ [qq({"total":1,"limit":$_}), '/limit'] } qw(0 -1 -0 1.5 1e0 "2" true {}
        1000000000001 18446744073709551617)),
    map({ [qq({"total":1,"opens_at":$_}), '/opens_at'] } qw(1 0 true [] "" "now"
        "2030-01-01" "2030-01-01T00:00:00" "2030-13-01T00:00:00Z" "2030-00-01T00:00:00Z"
        "2030-02-30T00:00:00Z" "2029-02-29T00:00:00Z" "2030-01-01T24:00:00Z"
        "2030-01-01T00:60:00Z" "2030-01-01T00:00:61Z" "2030-01-01T00:00:00+24:00"
        "2030-01-01T00:00:00+0200" "2030-01-01T00:00:00.Z" "2030-01-01T00:00:00ZZ"
        "1969-12-31T23:59:59Z" "1970-01-01T00:00:00+01:00" "2030-1-1T00:00:00Z"
        "9999-12-31T23:59:59-01:00" "2030-01-01T00:00:00Z\u0000")),
    ['{"total":1,"closes_at":"x"}', '/closes_at'],
    map({ [qq({"total":1,"opens_at":"2030-01-02T00:00:00Z","closes_at":"$_"}), '/closes_at'] }
        '2030-01-02T00:00:00Z', '2030-01-01T00:00:00Z', '2030-01-02T01:00:00+02:00');
refused("PATCH $_", call('PATCH', 'A-1', $_, 'k-bad'), 422, 'invalid-field', '/delta')
    for '{}', map { qq({"delta":$_}) } qw(0 -0 1.0 1e0 "1" null true [] {}
        9223372036854775808 18446744073709551617);
for my $method (qw(PUT PATCH)) {
    my $field = $method eq 'PUT' ? 'total' : 'delta';
    refused("$method " . substr($_->[0], 0, 30) =~ tr/ -~/?/cr, call($method, 'A-1', $_->[0], 'k-bad'), 400,
        $_->[1])
        for ['', 'bad-json'], ['[]', 'bad-json'], ['null', 'bad-json'],
        [qq({"$field":007}), 'bad-json'], [qq({"$field":1}x), 'bad-json'],
        ["\xef\xbb\xbf" . qq({"$field":1}), 'bad-json'],
        [qq({"$field":1,"x":"\xff"}), 'bad-json'], [qq({"$field":) . '[' x 1000, 'bad-json'],
        [qq({"$field":1,"$field":1}), 'doubled-field'],
        [qq({"$field":1,"\\u00) . unpack('H2', $field) . substr($field, 1) . '":1}',
            'doubled-field'],
        [qq({"$field":1,"available":1}), 'unknown-field'],
        ['{"' . ucfirst($field) . '":1}', 'unknown-field'],
        [qq({"$field":1,"sku":"A-1"}), 'unknown-field'];
    refused("$method of 16385 bytes", call($method, 'A-1', ' ' x 16385, 'k-bad'), 413,
        'body-too-long');
}
refused('PUT of a delta', put('A-1', { delta => 1 }), 400, 'unknown-field');

# PATCH sets what it names and keeps the rest.

sub some { my ($sku, $key, %fields) = @_; return call('PATCH', $sku, { %fields }, $key) }
sub day { my ($day) = @_; return "2030-01-0${day}T00:00:00.000Z" }

refused('PATCH of terms of unknown stock', some('SOME', 'p', limit => 1), 404, 'unknown-sku');
refused('PATCH of the total of unknown stock', some('SOME', 'p', total => 1), 404,
    'unknown-sku');
my %some = (total => 10, limit => 2, opens_at => day(2), closes_at => day(4));
changed('all that can be set', put('SOME', { %some }), %some);
changed('PATCH of the total', some('SOME', 'p1', total => 20),
    %some, total => 20, available => 20);
changed('PATCH of the limit', some('SOME', 'p2', limit => 3), %some, total => 20, limit => 3);
changed('PATCH of opens_at', some('SOME', 'p3', opens_at => day(3)),
    %some, total => 20, limit => 3, opens_at => day(3));
changed('PATCH of closes_at', some('SOME', 'p4', closes_at => day(5)),
    %some, total => 20, limit => 3, opens_at => day(3), closes_at => day(5));
changed('PATCH that unsets the limit', some('SOME', 'p5', limit => undef),
    %some, total => 20, limit => undef, opens_at => day(3), closes_at => day(5));
changed('PATCH of delta and terms', some('SOME', 'p6', delta => -5, limit => 4,
    closes_at => day(6)), %some, total => 15, limit => 4, opens_at => day(3),
    closes_at => day(6));
for (['opens_at after the closes_at that is there', opens_at => day(7)],
    ['opens_at at the closes_at that is there', opens_at => day(6)],
    ['closes_at before the opens_at that is there', closes_at => day(2)],
    ['closes_at at the opens_at that is there', closes_at => day(3), total => 99])
{
    my ($name, @fields) = @$_;
    refused("PATCH of $name", some('SOME', 'p7', @fields), 409, 'closes-before-opens');
}
changed('PATCH of both', some('SOME', 'p7', opens_at => day(7), closes_at => day(8)),
    %some, total => 15, limit => 4, opens_at => day(7), closes_at => day(8));
changed('PATCH of opens_at behind the closes_at that it unsets',
    some('SOME', 'p8', opens_at => day(9), closes_at => undef),
    %some, total => 15, limit => 4, opens_at => day(9), closes_at => undef);
changed('PATCH that unsets opens_at', some('SOME', 'p9', opens_at => undef),
    %some, total => 15, limit => 4, opens_at => undef, closes_at => undef);
is(ask(order([SOME => 4], 'u-1'))->{status}, 201, 'four are sold');
$version{SOME}++;
refused('PATCH of the total to less than is sold', some('SOME', 'p10', total => 3), 409,
    'below-sold');
changed('PATCH of the total to what is sold', some('SOME', 'p10', total => 4), total => 4,
    available => 0, sold => 4, limit => 4);
changed('PATCH of the closes_at alone, behind a sale',
    some('SOME', 'p11', closes_at => day(1)), total => 4, available => 0, sold => 4, limit => 4,
    closes_at => day(1));

my $patched = changed('PATCH of several fields under a key',
    some('SOME', 'twice-some', total => 9, limit => undef, closes_at => undef), total => 9,
    available => 5, sold => 4);
replays('PATCH of several fields again',
    call('PATCH', 'SOME', '{"closes_at":null,"limit":null,"total":9}', 'twice-some'), $patched);
refused('the key of a change with one field less', some('SOME', 'twice-some', total => 9, limit => undef),
    422, 'idempotency-key-reused');
refused('the key of a PATCH for a PUT of the same', call('PUT', 'SOME', { total => 9 }, 'twice-some'), 422,
    'idempotency-key-reused');

refused("PATCH $_->[0]", call('PATCH', 'SOME', $_->[0], 'k-bad'), 422, 'invalid-field', $_->[1])
    for ['{"delta":1,"total":2}', '/total'], ['{"total":null}', '/total'],
    ['{"total":-1}', '/total'], ['{"total":1000000000001}', '/total'], ['{"limit":0}', '/limit'],
    ['{"limit":"1"}', '/limit'], ['{"opens_at":"soon"}', '/opens_at'],
    ['{"closes_at":5}', '/closes_at'], ['{"limit":0,"opens_at":1,"total":-1}',
        '/total /limit /opens_at'],
    ['{"opens_at":"2030-01-02T00:00:00Z","closes_at":"2030-01-01T00:00:00Z"}', '/closes_at'];
refused('PATCH without a key', some('SOME', undef, limit => 1), 400, 'idempotency-key-required');
refused('PATCH of what can not be set', call('PATCH', 'SOME', { available => 1 }, 'k-bad'), 400,
    'unknown-field');

# SKUs in the path.

for my $sku ('%20a', 'a%20', 'a%0ab', '%7f', 'a%c2%85', '%ff', 'caf%e9', 'S' x 256) {
    my $name = substr $sku, 0, 20;
    refused("GET $name", call('GET', $sku), 404, 'unknown-sku');
    refused("PUT $name", put($sku, { total => 1 }), 422, 'invalid-field', '');
    refused("PATCH $name", patch($sku, 1, 'k-path'), 422, 'invalid-field', '');
}
changed('a SKU of 255 characters', put('S' x 255, { total => 1 }), total => 1);
changed('a SKU of all kinds', put('a.B_9:-', { total => 1 }), total => 1);
is(ask(call('GET', '%41-%32'))->{json}{sku}, 'A-2', 'a SKU may be percent-encoded');

# Replays.

sub replays {
    my ($name, $request, $first, %want) = @_;
    my $r = ask($request);
    is($r->{status}, 200, "$name: 200");
    is($r->{headers}{'idempotent-replayed'}, 'true', "$name: a replay");
    is($r->{body}, $first->{body}, "$name: the replay has the first answer");
}

my $first = changed('a keyed change', patch('A-2', 5, 'twice'), total => 5);
replays('the same again', patch('A-2', 5, 'twice'), $first);
replays('its key in quotes', patch('A-2', 5, '"twice"'), $first);
replays('in other words', call('PATCH', 'A-2', ' { "delta" : 5 } ', 'twice'), $first);
changed('another key', patch('A-2', 5, 'once'), total => 10);
replays('the same later', patch('A-2', 5, 'twice'), $first);
refused('the key of a change for another delta', patch('A-2', 6, 'twice'), 422,
    'idempotency-key-reused');
refused('the key of a PATCH for a PUT', call('PUT', 'A-2', { total => 5 }, 'twice'), 422,
    'idempotency-key-reused');
$first = changed('a keyed PUT', call('PUT', 'A-2', { total => 7 }, 'put'), total => 7);
changed('something else', put('A-2', { total => 8 }), total => 8);
replays('the keyed PUT again', call('PUT', 'A-2', { total => 7 }, 'put'), $first);
refused('the key of a change with a limit more', call('PUT', 'A-2', { total => 7, limit => 1 }, 'put'), 422,
    'idempotency-key-reused');

# Many at once: each counts once.

my @many = load($n, 20, map { (patch('A-2', 1, "many-$_")) x 2 } 1 .. 100);
is_deeply([grep { $_->{status} !~ /^20[02]$/ } @many], [], 'a hundred changes, twice each');
my %many = map { $_->{json}{change_id} => $_->{json} } @many;
is(keys %many, 100, 'a hundred changes that are sent twice are made once');
is($n->stock('A-2')->{total}, 108, 'a hundred changes count once each');
push @{ $changes{'A-2'} }, sort { $a->{version} <=> $b->{version} } values %many;

# Without Kafka.

my @dead = load($dead, 1, put('DEAD', { total => 3 }), patch('DEAD', 1, 'k'),
    patch('DEAD', 1, 'k'));
is($_->{status}, 202, 'without Kafka: 202') for @dead;
is($_->{json}{published}, $false, 'a change without Kafka is not published') for @dead;
is($dead[2]{headers}{'idempotent-replayed'}, 'true', 'the last is a replay');
is($dead[2]{body}, $dead[1]{body}, 'the replay of a change without Kafka has the first answer');
is_deeply($n->stock('DEAD'), shown('DEAD', total => 4, version => 2), 'both changes without Kafka count');
$r = ask(patch('DEAD', 1, 'k'));
is($r->{status}, 202, 'where Kafka is, the replay is a 202 too');
my ($shard) = grep { $_->cmd('EXISTS', key('DEAD', 'slot')) } @shards;
is_deeply([sort @{ $shard->cmd('ZRANGE', key('DEAD', 'due'), 0, -1) }],
    [sort map { "$_->{json}{change_id}.1" } @dead[0, 1]], 'both changes without Kafka are due');

# The topic.

my %events;
for my $e (grep { $_->{headers}{ce_type} eq 'trade.stock.set.v1' } $kafka->records($t->topic)) {
    push @{ $events{ $e->{key} } }, $e;
}
is_deeply([sort keys %events], [sort keys %changes],
    'the topic has events of each SKU, under its key');

for my $sku (sort keys %events) {
    my @events = @{ $events{$sku} };
    is(@events, @{ $changes{$sku} }, "$sku: an event for each change");
    is(keys %{{ map { $_->{partition} => 1 } @events }}, 1, "all events of $sku are in one partition");
    @events = sort { $a->{value}{version} <=> $b->{value}{version} } @events;

    my @wrong;
    for my $i (0 .. $#events) {
        my ($h, %value) = ($events[$i]{headers}, %{ $events[$i]{value} });
        my $at = delete $value{changed_at};
        my %want = %{ $changes{$sku}[$i] };
        delete $want{published};
        push @wrong, [\%value, \%want] unless eq_hash(\%value, \%want);
        my %headers = (ce_specversion => '1.0', ce_type => 'trade.stock.set.v1',
            ce_id => "$value{change_id}.1", ce_subject => $sku, ce_sequence => 1,
            ce_time => $at, 'content-type' => 'application/json',
            trade_versions => crc32($sku) % 4096 . "=$value{version}");
        push @wrong, "$_: $h->{$_}" for grep { $h->{$_} ne $headers{$_} } sort keys %headers;
    }
    is_deeply(\@wrong, [], "$sku: each is what was answered");
}

$t->done;
