# trade_hash and nginx's own `hash ... consistent` stand beside each other in one
# configuration, and send each key to the same server, as long as no server is
# full.  KEYS= is the number of keys, 10,000 by default.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use IO::Socket::INET;
use Test::More;
use Trade;
use Trade::Process qw(free_port slurp wait_for);

my $KEYS = $ENV{KEYS} // 10_000;

my $t = Trade->new;
my ($port, $dead) = (free_port(), free_port());     # nothing listens on $dead
my $hold = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1', Proto => 'tcp')
    or die "listen: $!\n";

# Servers 127.0.N.M; all addresses of the machine have the same backend.
sub nodes { my ($n) = @_; return map { "127.0." . int($_ / 100) . '.' . (1 + $_ % 100) . ":$port" } 0 .. $n - 1 }
sub servers { return join ' ', map { "server $_;" } @_ }
sub weights { my $w = 0; return map { $w++; "$_ weight=$w" } @_ }

my @ten = nodes(10);
my @unix = map { 'unix:' . $t->dir . "/hash$_.sock" } 1 .. 3;
my $always = 'max_fails=0';

# name, parameters of trade_hash, servers
my @rings = (
    ['two servers', 'bounded=1.25', servers(nodes(2))],
    ['ten servers, weights 1 to 10', 'bounded=1.01', servers(weights(@ten))],
    ['a hundred servers', '', servers(nodes(100))],
    ['unix sockets and addresses, weights', 'bounded=10',
        servers(weights(map { ($unix[$_], $ten[$_]) } 0 .. 2))],
    ['ten servers, three of them down', 'bounded=1.25',
        servers(map { $_ % 3 == 1 ? "$ten[$_] down" : $ten[$_] } 0 .. 9)],
    ['ten servers and two dead ones, each tried by each request', '',
        servers((map { "127.0.0.$_:$dead $always" } 1, 2), map { "$_ $always" } @ten)],
    ['ten servers and two dead ones that fail once', 'bounded=1.25',
        servers((map { "127.0.0.$_:$dead max_fails=1 fail_timeout=1h" } 1, 2), @ten)],
    ['names with several peers', 'bounded=1.25', servers(@ten[0 .. 2], "$ten[0] weight=3", $ten[0],
        "127.0.0.1:$dead $always", "127.0.0.1:$dead $always", "localhost:$port")],
    ['ten servers with a zone, one of them at its max_conns', '',
        'zone %s 256k; ' . servers('127.0.0.1:' . $hold->sockport . ' weight=3 max_conns=1', @ten)],
);
my $full = $#rings;

my (@upstreams, @locations);
for my $i (0 .. $#rings) {
    my ($name, $parameters, $servers) = @{ $rings[$i] };
    for (["stock$i", 'hash $http_key consistent'], ["trade$i", "trade_hash \$http_key $parameters"]) {
        my ($path, $method) = @$_;
        push @upstreams, "    upstream $path { $method; " . $servers =~ s/%s/$path/r . ' keepalive 16; }';
        push @locations, "        location = /$path { proxy_pass http://$path; }";
    }
}

my $n = $t->nginx(<<'EOF', UPSTREAMS => join("\n", @upstreams), LOCATIONS => join("\n", @locations), BACKEND => join(' ', map { "listen $_;" } "*:$port", @unix))->start;
%%HASH_GLOBALS%%
worker_processes 1;
events { worker_connections 1024; }
http {
    %%GLOBALS_HTTP%%
    access_log off;
    keepalive_requests 1000000;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    log_format hash '$http_key $trade_hash_node $trade_hash_spill';
%%UPSTREAMS%%
    server {
        %%BACKEND%%
        return 204;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        add_header Addr $upstream_addr;
        add_header Node $trade_hash_node;
        add_header Spill $trade_hash_spill;
%%LOCATIONS%%
        location = /logged {
            access_log %%TESTDIR%%/hash.log hash;
            proxy_pass http://trade0;
        }
        location = /elsewhere {
            access_log %%TESTDIR%%/hash.log hash;
            return 204;
        }
    }
}
EOF

srand 2024;
my @keys = (
    '0', 'a' x 500, '{s1}', '127.0.0.1:80', 'unix:/tmp/a.sock', 'a b', 'a%20b', '&key=', '?', '#', "caf\xc3\xa9",
    map { join '', map { chr 33 + int rand 94 } 0 .. rand 32 } 1 .. $KEYS,
);
$#keys = $KEYS - 1;

# A server is full while its only request is not answered.

my @held;
for my $method (qw(stock trade)) {
    for my $i (1 .. 1000) {
        my $s = $n->connect;
        print $s "GET /$method$full HTTP/1.1\r\nHost: a\r\nKey: hold-$i\r\n\r\n";
        my ($ready) = IO::Select->new($hold, $s)->can_read(300);
        die "no answer\n" if !$ready;
        next if $ready == $s;
        push @held, [$i, $s, scalar $hold->accept];
        last;
    }
}
is(scalar @held, 2, 'the server with max_conns gets one request of each upstream');
is($held[0][0], $held[1][0], 'both upstreams send the same key to it');

for my $i (0 .. $#rings) {
    my $name = $rings[$i][0];
    my @theirs = picked("/stock$i", @keys);
    my @ours = picked("/trade$i", @keys);
    is(scalar @ours, scalar @keys, "$name: trade_hash answers each key");
    my @differ = grep { $theirs[$_]{addr} ne $ours[$_]{addr} } 0 .. $#theirs;
    is(scalar @differ, 0, "$name: " . @keys . ' keys get the servers that stock nginx picks')
        or diag("'$keys[$differ[0]]': stock $theirs[$differ[0]]{addr}, trade_hash $ours[$differ[0]]{addr}");
    my @spilled = grep { $_->{spill} ne '0' } @ours;
    is(scalar @spilled, 0, "$name: no request spills");
    my @other = grep { node_of($_->{addr}) ne $_->{node} =~ s/^localhost/127.0.0.1/r } @ours;
    is(scalar @other, 0, "$name: \$trade_hash_node names the server of the last try")
        or diag("$other[0]{node} is not $other[0]{addr}");
    my $tries = 0;
    $tries += () = $_->{addr} =~ /,/g for @ours;
    cmp_ok($tries, '>', $KEYS / 20, "$name: requests go to the next server") if $name =~ /each tried|several/;
    is($tries, 2, "$name: a server that has failed is not tried again") if $name =~ /fail once/;
}

my %used = map { $_->{addr} => 1 } picked("/trade$full", @keys[0 .. $KEYS / 10]);
is((grep { /:@{[$hold->sockport]}$/ } keys %used), 0, 'a full server gets no key');

# An empty key goes round robin, as in stock nginx.

my @empty = picked('/trade1', ('') x 20);
cmp_ok(keys %{ { map { $_->{addr} => 1 } @empty } }, '>', 2, 'requests without a key go round robin');
is(join('', map { $_->{spill} } @empty), '', 'a choice of round robin has no $trade_hash_spill');
ok(!(grep { node_of($_->{addr}) ne $_->{node} } @empty), 'a choice of round robin has a $trade_hash_node');

# Logs

my ($logged) = picked('/logged', 'a-key');
picked('/elsewhere', 'a-key');
my $log = '';
wait_for(sub { $log = slurp("$n->{dir}/hash.log"); $log =~ tr/\n// == 2 }, 20);
is($log, "a-key $logged->{node} 0\na-key - -\n",
    'the access log names the node and the spill, and neither without trade_hash');

# Both modules, in both orders

for my $order ([$ENV{TRADE_MODULE}, $ENV{TRADE_HASH_MODULE}], [$ENV{TRADE_HASH_MODULE}, $ENV{TRADE_MODULE}]) {
    my $both = $t->nginx(<<'EOF', LOAD => join(' ', map { "load_module $_;" } @$order), SERVERS => servers(nodes(2)))->start(up => 0);
%%LOAD%%
pid %%TESTDIR%%/nginx.pid;
error_log %%TESTDIR%%/error.log info;
worker_processes 1;
events {}
http {
    %%GLOBALS_HTTP%%
    trade_zone main:2m;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    upstream backend { trade_hash $http_key points=40; %%SERVERS%% keepalive 16; }
    server {
        listen 127.0.0.1:%%PORT%%;
        add_header Addr $upstream_addr;
        add_header Node $trade_hash_node;
        add_header Spill $trade_hash_spill;
        location = /backend { proxy_pass http://backend; }
        location = /trade { trade_status; }
    }
}
EOF
    my ($first) = $order->[0] =~ m{([^/]+)$};
    my %nodes = map { $_->{node} => 1 } picked_on($both, '/backend', @keys[0 .. 99]);
    is(scalar keys %nodes, 2, "with $first loaded first trade_hash chooses");
    is($both->get('/trade')->{status}, 200, "with $first loaded first the gateway answers");
}

for my $module ($ENV{TRADE_MODULE}, $ENV{TRADE_HASH_MODULE}) {
    my ($name) = $module =~ m{([^/]+)$};
    my @symbols = sort map { /(\S+)$/ ? $1 : () } grep { !/ (?:__|_init|_fini|_edata|_end)/ } qx(nm -D --defined-only $module);
    is("@symbols", 'ngx_module_names ngx_module_order ngx_modules',
        "$name exports what nginx looks up, so that no module calls another's lib/");
}

@held = ();         # else nginx would wait for them at its end
$t->done;

sub node_of { my ($addr) = @_; return $addr =~ s/^.*, //r }

sub picked { return picked_on($n, @_) }

sub picked_on {
    my ($nginx, $path, @keys) = @_;
    return map { { addr => '', node => '', spill => '', %$_ } } $nginx->get_keys($path, @keys);
}
