package Trade;

# What every .t begins with: a folder of its own, real servers on free ports,
# and their end.
#
#   my $t = Trade->new;
#   my $a = $t->redis('a');
#   my $n = $t->nginx(<<'EOF', REDIS_A => $a->address)->start;
#   ...
#   $t->done;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname basename);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Test::More ();
use Trade::Kafka;
use Trade::Nginx;
use Trade::Redis;

our $root = abs_path(dirname(__FILE__) . '/../..');

$ENV{TRADE_MODULE} //= "$root/build/ngx_trade_module.so";
$ENV{TRADE_OUT} //= "$root/build";
$SIG{INT} = $SIG{TERM} = sub { exit 130 };
$SIG{PIPE} = 'IGNORE';

sub new {
    my ($class) = @_;
    my $dir = tempdir('trade-XXXXXX', TMPDIR => 1);
    chmod 0755, $dir;
    my ($name) = basename($0) =~ /^([\w-]+)/;
    return bless { dir => $dir, parent => $$, servers => [],
        topic => "$name-$$" }, $class;
}

sub dir { $_[0]{dir} }
sub topic { $_[0]{topic} }

sub redis {
    my ($self, $name, %opt) = @_;
    my $r = Trade::Redis->new(dir => "$self->{dir}/redis-$name",
        root => $root, %opt);
    push @{ $self->{servers} }, $r;
    return $r;
}

# The broker all tests share, or one of this test's own.
sub kafka {
    my ($self, %opt) = @_;
    return Trade::Kafka->at($ENV{TRADE_KAFKA})
        if $ENV{TRADE_KAFKA} && !$opt{own};
    my $k = Trade::Kafka->new(dir => "$self->{dir}/kafka", root => $root);
    push @{ $self->{servers} }, $k;
    return $k;
}

sub nginx {
    my ($self, $conf, %vars) = @_;
    my $n = Trade::Nginx->new(
        dir => "$self->{dir}/nginx-" . @{ $self->{servers} }, conf => $conf,
        vars => { TOPIC => $self->{topic}, %vars });
    push @{ $self->{servers} }, $n;
    return $n;
}

# Ends the servers, checks their logs, and the test.
sub done {
    my ($self) = @_;
    for my $n (grep { $_->isa('Trade::Nginx') } @{ $self->{servers} }) {
        $n->stop('QUIT', 20);
        my @alerts = $n->alerts;
        Test::More::is("@alerts", '', 'no alert and no sanitizer report');
    }
    Test::More::done_testing();
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{parent} == $$;
    local ($?, $@, $!);
    $_->stop for reverse @{ $self->{servers} };
    if ($ENV{TRADE_KEEP} || !Test::More->builder->is_passing) {
        Test::More::diag("the servers' folders are in $self->{dir}");
    } else {
        remove_tree($self->{dir});
    }
}

1;
