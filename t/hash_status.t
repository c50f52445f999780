# trade_hash_status shows what each node owns, what it has in flight, and what
# became of its requests: the same as the answers say that the test has got.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use IO::Socket::INET;
use List::Util qw(sum);
use Test::More;
use Trade;
use Trade::Process qw(free_port wait_for);

my $KEYS = 400;

my $t = Trade->new;
my ($port, $dead) = (free_port(), free_port());     # nothing listens on $dead
my @holds = map { IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', Proto => 'tcp')
    // die "listen: $!\n" } 1 .. 3;
my ($hold_a, $hold_b, $full) = map { '127.0.0.1:' . $_->sockport } @holds;

my $n = $t->nginx(<<'EOF', BACKEND => $port, DEAD => $dead, A => $hold_a, B => $hold_b, FULL => $full)->start;
%%HASH_GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    access_log off;
    keepalive_requests 1000000;
    proxy_connect_timeout 5m;
    proxy_read_timeout 10m;

    # the same ring: in `owners` each key goes to its owner
    upstream owners {
        zone owners 256k;
        trade_hash $http_key;
        server 127.0.0.1:%%BACKEND%%;
        server 127.0.0.2:%%BACKEND%% weight=2;
        server 127.0.0.3:%%BACKEND%%;
    }
    upstream down {
        zone down 256k;
        trade_hash $http_key;
        server 127.0.0.1:%%BACKEND%%;
        server 127.0.0.2:%%BACKEND%% weight=2;
        server 127.0.0.3:%%BACKEND%% down;
    }
    upstream dead {
        zone dead 256k;
        trade_hash $http_key points=40;
        server 127.0.0.1:%%BACKEND%%;
        server 127.0.0.1:%%DEAD%% max_fails=0;
        server 127.0.0.2:%%DEAD%% max_fails=1 fail_timeout=1h;
    }
    upstream held {
        zone held 256k;
        trade_hash $http_key bounded=1.25;
        server %%A%%;
        server %%B%%;
    }
    upstream full {
        zone full 256k;
        trade_hash $http_key;
        server %%FULL%% weight=50 max_conns=1;
        server 127.0.0.1:%%BACKEND%%;
    }
    upstream alone {
        trade_hash $http_key;
        server 127.0.0.1:%%BACKEND%%;
        server 127.0.0.2:%%BACKEND%%;
    }
    upstream stock { server 127.0.0.1:%%BACKEND%%; }

    server {
        listen *:%%BACKEND%%;
        return 204;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        add_header Addr $upstream_addr;
        add_header Node $trade_hash_node;
        add_header Spill $trade_hash_spill;
        location = /owners { proxy_pass http://owners; }
        location = /down { proxy_pass http://down; }
        location = /dead { proxy_pass http://dead; }
        location = /held { proxy_pass http://held; }
        location = /full { proxy_pass http://full; }
        location = /stock { proxy_pass http://stock; }
        location /hash { trade_hash_status; }
        location = /json/metrics { trade_hash_status json; }
        location = /metrics { trade_hash_status metrics; }
    }
}
EOF

my @keys = map { "key-$_" } 1 .. $KEYS;

sub upstream {
    my ($name) = @_;
    my ($u) = grep { $_->{name} eq $name } @{ $n->get('/hash')->{json}{upstreams} };
    return $u;
}

sub nodes { return map { $_->{name} => $_ } @{ upstream($_[0])->{nodes} } }
sub node { my ($upstream, $name) = @_; my %nodes = nodes($upstream); return $nodes{$name} }

# How often each node is the value of this header.
sub count {
    my ($header, @answers) = @_;
    my %count;
    $count{ $_->{$header} // '' }++ for @answers;
    return %count;
}

# The status before any request

my $r = $n->get('/hash');
is($r->{status}, 200, 'the status answers');
is($r->{headers}{'content-type'}, 'application/json', 'it is JSON');
is($r->{headers}{'cache-control'}, 'no-store', 'it is not kept');
is(join(' ', map { $_->{name} } @{ $r->{json}{upstreams} }), 'owners down dead held full alone',
    'it has the upstreams with trade_hash, in their order');
my ($one, $two, $three) = map { "127.0.0.$_:$port" } 1 .. 3;
my %owners = nodes('owners');
is(join(' ', map { $owners{$_}{points} } $one, $two, $three), '160 320 160', 'a node has its points');
cmp_ok(abs(1 - sum(map { $_->{share} } values %owners)), '<', 0.00001, 'the shares of the ring are 1 together');
is($owners{$two}{weight}, 2, 'a node has its weight');
is(upstream('dead')->{points}, 120, 'an upstream has its points');
is_deeply([map { upstream($_)->{bounded} } qw(owners held)], [undef, 1.25], 'an upstream has its bound');
is_deeply([map { upstream($_)->{shared} ? 1 : 0 } qw(owners alone)], [1, 0], 'an upstream says if its workers share counts');
is(sum(map { @$_{qw(first taken_over round_robin given_away in_flight)} } values %owners), 0, 'nothing has been counted');

# Each key's owner, over both workers

my %own = count('node', $n->get_keys('/owners', @keys));
is(sum(values %own), $KEYS, 'each request has a node');
%owners = nodes('owners');
is_deeply({ map { $_ => $owners{$_}{first} } keys %own }, \%own, 'first: the requests that a node got as their first choice');
for (keys %owners) {
    cmp_ok(abs($own{$_} / $KEYS - $owners{$_}{share}), '<', 0.1, 'the share of keys is about that of the ring');
}

my %robin = count('node', $n->get_keys('/owners', ('') x 20));
%owners = nodes('owners');
is_deeply({ map { $_ => $owners{$_}{round_robin} } keys %robin }, \%robin, 'round_robin: the requests without a key');
is_deeply({ map { $_ => $owners{$_}{first} } keys %own }, \%own, 'a request without a key counts there only');

# Skipped, and why

$n->get_keys('/down', @keys);
my $down = node('down', $three);
is($down->{state}, 'down', 'a node is down');
is_deeply($down->{skipped}, { down => $own{$three}, failed => 0, max_conns => 0, tried => 0 },
    'skipped: the requests with keys of a node that is down');
is(sum(map { $_->{first} } values %{ { nodes('down') } }), $KEYS, 'they are first choices elsewhere');

my @answers = $n->get_keys('/dead', @keys);
my $tries = sum(map { 1 + ($_->{addr} =~ tr/,//) } @answers);
my ($each, $once) = map { node('dead', "127.0.0.$_:$dead") } 1, 2;
is($once->{state}, 'failed', 'a node has failed');
is($once->{first}, 1, 'a node that has failed is not tried again');
is(sum(map { @$_{qw(first taken_over round_robin)} } values %{ { nodes('dead') } }), $tries, 'each try counts once');
cmp_ok($each->{skipped}{tried}, '>', 0, 'skipped: a node that the request has tried');
cmp_ok($each->{skipped}{tried}, '<=', $each->{first}, 'at most once for each try');
cmp_ok($once->{skipped}{failed}, '>', 0, 'skipped: a node that has failed');
is($once->{skipped}{tried}, 0, 'a node that has failed is not skipped for another reason');

# A node that is full

my @held;
sub hold {
    my ($path, $key) = @_;
    my $s = $n->connect;
    print $s "GET $path HTTP/1.1\r\nHost: a\r\nKey: $key\r\n\r\n";
    push @held, $s;
    return $s;
}

my $holding;
for (1 .. 100) {                            # until a key is one of the node's
    my $s = hold('/full', "a$_");
    my @ready = IO::Select->new($holds[2], $s)->can_read(300) or die "no answer\n";
    last if grep { $_ == $holds[2] } @ready and $holding = $holds[2]->accept;
}
my $before = node('full', $full);
is($before->{state}, 'max_conns', 'a node is at its max_conns');
my %full = count('node', $n->get_keys('/full', @keys));
is_deeply(\%full, { $one => $KEYS }, 'it gets no request');
cmp_ok(node('full', $full)->{skipped}{max_conns} - $before->{skipped}{max_conns}, '>', $KEYS / 2,
    'skipped: a node at its max_conns');

# Given away and taken over, with a bound and requests in flight

my $many = 10;
my @served;
for (1 .. $many) {
    hold('/held', 'one-key');
    my ($ready) = IO::Select->new(@holds[0, 1])->can_read(300) or die "no request\n";
    push @served, [scalar $ready->accept, $ready == $holds[0] ? $hold_a : $hold_b];
}
my %at;
$at{ $_->[1] }++ for @served;
my ($first) = $served[0][1];
my ($other) = grep { $_ ne $first } $hold_a, $hold_b;
my %nodes = nodes('held');
is_deeply({ map { $_ => $nodes{$_}{in_flight} } keys %nodes }, \%at, 'in_flight: of both workers');
is($nodes{$first}{first}, $at{$first}, 'the owner of the key has taken its capacity');
cmp_ok($at{$other}, '>', 0, 'requests have spilled');
is($nodes{$first}{given_away}, $at{$other}, 'given_away: of the node that was full');
is($nodes{$other}{taken_over}, $at{$other}, 'taken_over: by the node that had room');
is($nodes{$other}{first}, 0, 'which was no first choice');

# Prometheus' text has the same figures.

my $text = $n->get('/metrics');
is($text->{headers}{'content-type'}, 'text/plain; version=0.0.4; charset=utf-8', 'the metrics are Prometheus\' text');
my (%metric, %type);
for (split /\n/, $text->{body}) {
    next if /^# HELP trade_hash_\w+ .*\.$/;
    if (/^# TYPE (trade_hash_\w+) (gauge|counter)$/) {
        ok(!$type{$1}++, "$1 has one type");
    } elsif (/^(trade_hash_\w+)\{upstream="(\w+)",node="([^"]+)"(?:,(\w+="\w+"))?\} ([\d.]+)$/ && $type{$1}) {
        $metric{$2}{$3}{ $1 . ($4 ? " $4" : '') } = $5;
    } else {
        fail("a line of the metrics: $_");
    }
}
for my $u (@{ $n->get('/hash')->{json}{upstreams} }) {
    for my $node (@{ $u->{nodes} }) {
        my $m = $metric{ $u->{name} }{ $node->{name} };
        is_deeply({ map { $_ => $m->{$_} + 0 } keys %$m }, {
            trade_hash_points => $node->{points}, trade_hash_share => $node->{share},
            trade_hash_in_flight => $u->{shared} ? $node->{in_flight} : $m->{trade_hash_in_flight},
            trade_hash_available => $u->{shared} ? ($node->{state} eq 'available' ? 1 : 0) : $m->{trade_hash_available},
            (map { ("trade_hash_requests_total choice=\"$_\"" => $node->{$_}) } qw(first taken_over round_robin)),
            trade_hash_given_away_total => $node->{given_away},
            (map { ("trade_hash_skipped_total reason=\"$_\"" => $node->{skipped}{$_}) } keys %{ $node->{skipped} }),
        }, "$u->{name}: the metrics of $node->{name} are those of the JSON");
    }
}
like($n->get('/hash/metrics')->{body}, qr/^# HELP/, 'below a location without a form, /metrics is Prometheus\' text');
ok($n->get('/hash/elsewhere')->{json}, 'and all else is JSON');
ok($n->get('/json/metrics')->{json}, '"json" is JSON everywhere');
is($n->request('HEAD', '/hash')->{status}, 200, 'HEAD is answered');
is($n->request('POST', '/hash')->{status}, 405, 'POST is not');

# After the answers, and after a reload

for (@served) {
    print { $_->[0] } "HTTP/1.0 204 No Content\r\n\r\n";
    close $_->[0];
}
close $holding;
@held = ();
ok(wait_for(sub { !sum(map { $_->{in_flight} } values %{ { nodes('held') } }) }, 60), 'in_flight: 0 after the answers');

$n->signal('HUP');
ok(wait_for(sub { !node('owners', $one)->{first} }, 120), 'the counts begin at 0 when nginx reads its configuration anew');

# Without an upstream

my $empty = $t->nginx(<<'EOF')->start;
%%HASH_GLOBALS%%
events {}
http {
    %%GLOBALS_HTTP%%
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { trade_hash_status; }
    }
}
EOF
is_deeply($empty->get('/')->{json}, { upstreams => [] }, 'without an upstream the status is empty');

$t->done;
